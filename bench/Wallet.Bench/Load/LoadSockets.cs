namespace Wallet.Bench.Load;

/// <summary>
/// Settings of .NET's sockets for the load generator: an answer is taken and the next request sent on the thread that heard of it, and few
/// threads listen, so that the load takes as little as possible of the machine that it shares with what it measures.
/// </summary>
internal static class LoadSockets
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string ThreadCount = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";
    private const int ProcessorsPerThread = 4;

    /// <summary>What takes the settings away again from a process that is started.</summary>
    public static IReadOnlyDictionary<string, string?> None { get; } = new Dictionary<string, string?> { [InlineCompletions] = null, [ThreadCount] = null };

    /// <summary>
    /// Runs work that is no load. Its code stays off the threads that hear from the sockets: what blocks one of them would wait for itself.
    /// </summary>
    public static Task RunAsideAsync(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, new ConcurrentExclusiveSchedulerPair().ConcurrentScheduler).Unwrap();

    /// <summary>Must come before the first socket: they are read once.</summary>
    public static void Prepare()
    {
        Environment.SetEnvironmentVariable(InlineCompletions, "1");
        Environment.SetEnvironmentVariable(ThreadCount, Math.Max(1, Environment.ProcessorCount / ProcessorsPerThread).ToString("D", null));
    }
}
