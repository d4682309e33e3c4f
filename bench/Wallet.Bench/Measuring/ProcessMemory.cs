using System.Globalization;

namespace Wallet.Bench.Measuring;

/// <summary>The memory and the writes of a process, from <c>/proc</c>.</summary>
internal static class ProcessMemory
{
    private const string ResetPeak = "5";
    private const int BytesPerUnit = 1_024;

    /// <summary>Lets the peak begin anew at what is resident now; where that is not allowed, it stays that since the start.</summary>
    public static void TryResetPeak(int id)
    {
        try
        {
            File.WriteAllText($"/proc/{id}/clear_refs", ResetPeak);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A container may forbid it.
        }
    }

    /// <summary>The most that was resident, in bytes.</summary>
    public static long Peak(int id) => BytesPerUnit * ReadField($"/proc/{id}/status", "VmHWM:");

    /// <summary>What the process has had written to storage since its start, in bytes; 0 where nobody may know.</summary>
    public static long Written(int id)
    {
        try
        {
            return ReadField($"/proc/{id}/io", "write_bytes:");
        }
        catch (UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long ReadField(string file, string name)
    {
        var line = File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.Integer, CultureInfo.InvariantCulture);
    }
}
