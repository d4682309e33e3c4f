using System.Globalization;

namespace Wallet.Bench.Measuring;

/// <summary>What Linux knows of a process and its children, from <c>/proc/{id}/stat</c> (proc_pid_stat(5)).</summary>
/// <param name="Id">The process.</param>
/// <param name="ParentId">The process that started it.</param>
/// <param name="Own">The CPU time of its threads.</param>
/// <param name="Reaped">The CPU time of its children that have ended.</param>
internal readonly record struct ProcessTimes(int Id, int ParentId, TimeSpan Own, TimeSpan Reaped)
{
    private const int TicksPerSecond = 100; // USER_HZ, the same on all architectures that .NET runs on

    /// <summary>The CPU time of a process.</summary>
    public static TimeSpan Of(int id) => Read(id)?.Own ?? throw new InvalidOperationException($"The process {id} is gone.");

    /// <summary>The CPU time of a process and of all that it has started, ended or not.</summary>
    public static TimeSpan OfTree(int id)
    {
        var children = ReadAll().ToLookup(static process => process.ParentId);
        return Sum(Read(id) ?? throw new InvalidOperationException($"The process {id} is gone."));

        TimeSpan Sum(ProcessTimes process) =>
            children[process.Id].Aggregate(process.Own + process.Reaped, (sum, child) => sum + Sum(child));
    }

    /// <summary>Reads the line of a stat file.</summary>
    public static ProcessTimes Parse(string line)
    {
        // "42 (its name) S 1 …": the name may have spaces and parentheses of its own.
        var nameBegins = line.IndexOf('(', StringComparison.Ordinal);
        var nameEnds = line.LastIndexOf(')');
        var fields = line[(nameEnds + 2)..].Split(' '); // from the third field on, the state
        return new ProcessTimes(
            int.Parse(line.AsSpan(0, nameBegins).Trim(), CultureInfo.InvariantCulture),
            int.Parse(fields[4 - 3], CultureInfo.InvariantCulture),
            Time(14) + Time(15),
            Time(16) + Time(17));

        TimeSpan Time(int field) => TimeSpan.FromSeconds(long.Parse(fields[field - 3], CultureInfo.InvariantCulture) / (double)TicksPerSecond);
    }

    private static IEnumerable<ProcessTimes> ReadAll() =>
        Directory.EnumerateDirectories("/proc")
            .Select(static folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? Read(id) : null)
            .OfType<ProcessTimes>();

    private static ProcessTimes? Read(int id)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{id}/stat"));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return null; // it has ended
        }
    }
}
