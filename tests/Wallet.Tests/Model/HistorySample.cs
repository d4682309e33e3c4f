using CsCheck;

namespace Wallet.Tests.Model;

/// <summary>A history that failed, with all left out of it that it fails without.</summary>
internal sealed class HistoryFailedException(IReadOnlyList<Step> smallest, Exception why)
    : Exception($"The smallest history that fails:{LedgerHistory.Print(smallest)}{Environment.NewLine}{why.Message}", why)
{
    public IReadOnlyList<Step> Smallest { get; } = smallest;
}

/// <summary>
/// Tries a ledger with random histories. CsCheck draws them and prints the seed of one that fails; that one is then made smaller by
/// leaving out steps and commands, which takes far fewer runs than to draw until a small one fails.
/// </summary>
internal static class HistorySample
{
    private const int AttemptsMax = 180;

    /// <summary>How many random histories a test takes; more by the environment variable <c>WALLET_TEST_HISTORIES</c>.</summary>
    public static int Count(int usually) =>
        Environment.GetEnvironmentVariable("WALLET_TEST_HISTORIES") is { Length: > 0 } number ? int.Parse(number, null) : usually;

    /// <param name="ledger">Gives the ledger for a history, which may be one that other histories had.</param>
    /// <param name="histories">How many.</param>
    /// <param name="threads">On how many threads; -1 for as many as there are processors.</param>
    /// <exception cref="CsCheckException">One failed; the inner exception is a <see cref="HistoryFailedException"/>.</exception>
    public static Task RunAsync(Func<LedgerUnderTest> ledger, int histories, int threads = -1)
    {
        var hasFailed = 0;
        return LedgerHistory.Random.SampleAsync(
            async history =>
            {
                if (Volatile.Read(ref hasFailed) == 0 && await FailureOfAsync(ledger, history) is { } failure && Interlocked.Exchange(ref hasFailed, 1) == 0)
                    throw await ShrinkAsync(ledger, history, failure);
            },
            iter: histories,
            threads: threads,
            print: LedgerHistory.Print);
    }

    private static async Task<Exception?> FailureOfAsync(Func<LedgerUnderTest> ledger, IEnumerable<Step> history)
    {
        try
        {
            await HistoryRun.OfAsync(ledger(), history);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static async Task<HistoryFailedException> ShrinkAsync(Func<LedgerUnderTest> ledger, IReadOnlyList<Step> history, Exception failure)
    {
        var (smallest, why, attempts) = (history, failure, 0);
        for (var isSmaller = true; isSmaller;)
        {
            isSmaller = false;
            foreach (var candidate in Smaller(smallest))
            {
                if (attempts++ == AttemptsMax)
                    return new HistoryFailedException(smallest, why);
                if (await FailureOfAsync(ledger, candidate) is not { } again || !IsAlike(again, failure))
                    continue;
                (smallest, why, isSmaller) = (candidate, again, true);
                break;
            }
        }

        return new HistoryFailedException(smallest, why);
    }

    /// <summary>The history with steps left out, half of them at first and then fewer, and with commands left out of a batch.</summary>
    private static IEnumerable<IReadOnlyList<Step>> Smaller(IReadOnlyList<Step> history)
    {
        foreach (var fewer in WithoutSome(history))
            yield return fewer;
        for (var i = 0; i < history.Count; i++)
        {
            if (history[i] is not Step.Batch batch)
                continue;
            foreach (var orders in WithoutSome(batch.Orders).Where(o => o.Count > 0))
                yield return [.. history.Take(i), batch with { Orders = orders }, .. history.Skip(i + 1)];
        }
    }

    private static IEnumerable<IReadOnlyList<T>> WithoutSome<T>(IReadOnlyList<T> items)
    {
        for (var length = (items.Count + 1) / 2; length > 0; length /= 2)
        {
            for (var begin = items.Count - length; begin > -length; begin -= length)
                yield return [.. items.Take(Math.Max(0, begin)), .. items.Skip(begin + length)];
        }
    }

    private static bool IsAlike(Exception one, Exception other) => one is ChecksFailedException checks
        ? other is ChecksFailedException others && checks.Checks.Overlaps(others.Checks)
        : one.GetType() == other.GetType();
}
