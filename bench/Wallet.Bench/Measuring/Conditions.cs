using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Wallet.Bench.Measuring;

/// <summary>On what was measured: without it no figure means anything.</summary>
internal static class Conditions
{
    private const int FlushCount = 100;
    private const int PageSize = 8_192;

    /// <summary>The machine, the software and the data, in the order of the report.</summary>
    /// <param name="dataFolder">Where the databases lie.</param>
    /// <param name="further">What else is to be said.</param>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(string dataFolder, IEnumerable<KeyValuePair<string, string>> further)
    {
        var conditions = new Dictionary<string, string>
        {
            ["date"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            ["processor"] = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} × {ProcessorName()}"),
            ["system"] = RuntimeInformation.OSDescription,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["write and fsync of 8 kB"] = string.Create(CultureInfo.InvariantCulture, $"{MedianFlush(dataFolder).TotalMicroseconds:N0} µs"),
        };
        if (await CommitAsync() is { } commit)
            conditions.Add("commit", commit);
        foreach (var (name, value) in further)
            conditions.Add(name, value);
        return conditions;
    }

    private static string ProcessorName() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>What a commit pays for the disk at the least.</summary>
    private static TimeSpan MedianFlush(string folder)
    {
        var file = Path.Combine(folder, "wallet-bench-flush");
        try
        {
            using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            var page = new byte[PageSize];
            var times = new double[FlushCount];
            for (var i = 0; i < FlushCount; i++)
            {
                var began = Stopwatch.GetTimestamp();
                stream.Write(page);
                stream.Flush(flushToDisk: true);
                times[i] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            }

            return TimeSpan.FromSeconds(Median.Of(times));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The sources that were built, where they lie under git.</summary>
    private static async Task<string?> CommitAsync()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["-C", AppContext.BaseDirectory, "describe", "--always", "--dirty"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var commit = await git.StandardOutput.ReadToEndAsync();
            await git.WaitForExitAsync();
            return git.ExitCode == 0 ? commit.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // there is no git
        }
    }
}
