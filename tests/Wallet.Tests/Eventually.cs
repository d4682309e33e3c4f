using System.Diagnostics;

namespace Wallet.Tests;

/// <summary>For what happens by itself, after a while that nobody can name.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Checks again and again until it holds, and fails as the last check did where it never does.</summary>
    public static async Task AssertAsync(Func<Task> check)
    {
        var began = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await check();
                return;
            }
            catch (Xunit.Sdk.XunitException) when (began.Elapsed < Patience)
            {
                await Task.Delay(Poll, TestContext.Current.CancellationToken);
            }
        }
    }
}
