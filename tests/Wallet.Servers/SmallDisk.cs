using System.Globalization;

namespace Wallet.Servers;

/// <summary>
/// A file system of a few megabytes that can be filled to its last byte. It is mounted in a mount namespace of its own: what is started through
/// <see cref="Enter"/> sees it, nothing else does, and it goes with the last of them. Root needs nothing further for it, anyone else a user namespace.
/// </summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private const string Mounted = "mounted";

    private readonly TemporaryFolder _place = new();
    private ServerProcess? _holder;

    private SmallDisk()
    {
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => _place.Path;

    /// <summary>What starts a program with a view of the disk: to be put before its command.</summary>
    public IReadOnlyList<string> Enter =>
        ["nsenter", "--target", _holder!.Id.ToString(CultureInfo.InvariantCulture), .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--preserve-credentials"], "--mount", "--"];

    /// <summary>What starts a program that must not run as root; within a user namespace everyone is root at first.</summary>
    internal static IReadOnlyList<string> AsUser => Environment.IsPrivilegedProcess ? PostgresServer.AsUser : ["unshare", "--user", "--map-user=1000", "--"];

    /// <summary>The path of a file on it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var disk = new SmallDisk();
        try
        {
            disk._holder = await ServerProcess.StartAsync(
                [
                    "unshare", .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user"], "--mount", "--",
                    "sh", "-c", $"mount -t tmpfs -o size={megabytes.ToString(CultureInfo.InvariantCulture)}m,mode=1777 none \"$0\" && echo {Mounted} && exec sleep infinity", disk.Path,
                ],
                static holder => Task.FromResult(holder.Output.Contains(Mounted, StringComparison.Ordinal)));
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    /// <summary>Leaves no room on it.</summary>
    public Task FillAsync() => ServerProcess.RunAsync([.. Enter, "sh", "-c", "cat /dev/zero 2>/dev/null >\"$0\" || true", Filler]);

    /// <summary>Takes away what <see cref="FillAsync"/> has put there.</summary>
    public Task FreeAsync() => ServerProcess.RunAsync([.. Enter, "rm", Filler]);

    public async ValueTask DisposeAsync()
    {
        if (_holder is not null)
            await _holder.DisposeAsync();
        _place.Dispose();
    }

    private string Filler => File("filler");
}
