using System.Diagnostics;
using System.Globalization;

namespace Wallet.Servers;

/// <summary>A process and all that it started, as Linux knows them (proc(5)).</summary>
public static class ProcessTree
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    /// <summary>The process and its descendants, parents first; nothing where it has ended.</summary>
    public static IReadOnlyList<int> Of(int id)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(static folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process) ? process : 0)
            .Where(static process => process > 0)
            .ToLookup(static process => ReadStat(process)?.ParentId ?? 0);
        return ReadStat(id) is null ? [] : [.. Descend(id)];

        IEnumerable<int> Descend(int process) => children[process].SelectMany(Descend).Prepend(process);
    }

    /// <summary>Ends them all at once with SIGKILL, as if their machine had lost its power, and waits until none is left.</summary>
    public static async Task KillAsync(int id)
    {
        // Parents first, so that none of them starts anything anew.
        var processes = Of(id);
        foreach (var process in processes)
            Kill(process);

        var began = Stopwatch.StartNew();
        while (processes.Any(IsRunning))
        {
            if (began.Elapsed > Patience)
                throw new InvalidOperationException($"The processes {string.Join(", ", processes.Where(IsRunning))} do not end.");
            await Task.Delay(Poll);
        }
    }

    /// <summary>Stops them all where they are, as if their machine hung; <see cref="ThawAsync"/> lets them go on.</summary>
    public static Task FreezeAsync(int id) => SignalAsync("STOP", Of(id));

    /// <summary>Lets them all go on.</summary>
    public static Task ThawAsync(int id) => SignalAsync("CONT", Of(id));

    /// <summary>Ends one with SIGKILL, unless it has ended.</summary>
    public static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It has ended.
        }
    }

    private static Task SignalAsync(string signal, IReadOnlyList<int> processes) => ServerProcess.RunAsync(
        [
            "sh", "-c", """kill -s "$0" "$@" 2>/dev/null || true""", // one of them may have ended by itself
            signal, .. processes.Select(static process => process.ToString(CultureInfo.InvariantCulture)),
        ]);

    /// <summary>Whether it runs; one that nobody has waited for yet does not.</summary>
    private static bool IsRunning(int id) => ReadStat(id) is { State: not ('Z' or 'X') };

    private static (char State, int ParentId)? ReadStat(int id)
    {
        try
        {
            // "42 (its name) S 1 …": the name may have spaces and parentheses of its own.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 3);
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }
}
