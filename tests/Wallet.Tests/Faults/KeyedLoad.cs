using System.Collections.Concurrent;
using System.Diagnostics;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>Clients who make transfer after transfer, each under a key of its own, and send what was answered with 503 again until it is posted. Any other answer fails the test.</summary>
internal sealed class KeyedLoad
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, int> _refusals = [];
    private readonly Func<string, Task<ApiResponse>> _send;
    private readonly Task[] _clients;
    private volatile bool _isOver;
    private int _posted;

    private KeyedLoad(Func<string, Task<ApiResponse>> send, int clients)
    {
        _send = send;
        _clients = [.. Enumerable.Range(0, clients).Select(RunAsync)];
    }

    /// <summary>How many transfers have been answered with 201.</summary>
    public int Posted => Volatile.Read(ref _posted);

    /// <summary>The codes of all answers that were no 201.</summary>
    public ICollection<string> Codes => _refusals.Keys;

    /// <param name="send">Sends one transfer under the key that it is given.</param>
    /// <param name="clients">How many clients there are, each with one request at a time.</param>
    public static KeyedLoad Start(Func<string, Task<ApiResponse>> send, int clients = 8) => new(send, clients);

    /// <summary>Waits until so many more transfers are posted.</summary>
    public Task WhenPostedAsync(int more)
    {
        var goal = Posted + more;
        return UntilAsync(() => Posted >= goal);
    }

    /// <summary>Waits until so many more answers were no 201.</summary>
    public Task WhenRefusedAsync(int more)
    {
        var goal = _refusals.Values.Sum() + more;
        return UntilAsync(() => _refusals.Values.Sum() >= goal);
    }

    /// <summary>Begins no further transfer and waits until all that were begun are posted.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> FinishAsync()
    {
        _isOver = true;
        await Task.WhenAll(_clients);
        return Posted;
    }

    private async Task RunAsync(int client)
    {
        for (var i = 0; !_isOver; i++)
        {
            await PostAsync($"{client}-{i}");
            Interlocked.Increment(ref _posted);
        }
    }

    private async Task PostAsync(string key)
    {
        var began = Stopwatch.StartNew();
        while (await _send(key) is { Status: not 201 } refusal)
        {
            refusal.AssertProblem(503, refusal.Body.GetProperty("code").GetString()!);
            _refusals.AddOrUpdate(refusal.Body.GetProperty("code").GetString()!, 1, static (_, count) => count + 1);
            Assert.True(began.Elapsed < Patience, $"{key} is not posted: {refusal.Text}");
            await Task.Delay(RetryDelay);
        }
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        for (var began = Stopwatch.StartNew(); !condition(); await Task.Delay(Poll))
        {
            if (_clients.Any(static client => client.IsFaulted))
                await Task.WhenAll(_clients.Where(static client => client.IsFaulted));
            Assert.True(began.Elapsed < Patience, $"{Posted} posted; refused: {string.Join(", ", _refusals)}");
        }
    }
}
