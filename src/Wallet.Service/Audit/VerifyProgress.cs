using System.Globalization;
using Spectre.Console;
using Wallet.Ledger;

namespace Wallet.Service.Audit;

/// <summary>Shows how far a verification has come, on standard error: a bar on a terminal, a line now and then elsewhere.</summary>
internal static class VerifyProgress
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    /// <summary>Runs the work and shows its progress, which is told by how much has been verified of the whole.</summary>
    public static Task<T> RunAsync<T>(LedgerTotals whole, TimeProvider time, Func<Action<long>, Task<T>> work)
    {
        var rows = (double)(whole.Accounts + whole.Entries.GetValueOrDefault() + whole.PostedTransfers.GetValueOrDefault());
        return Console.IsErrorRedirected ? RunPlainAsync(rows, time, work) : RunOnTerminalAsync(rows, work);
    }

    private static Task<T> RunOnTerminalAsync<T>(double rows, Func<Action<long>, Task<T>> work) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(progress =>
            {
                var task = progress.AddTask("verifying", maxValue: Math.Max(1, rows));
                return work(done => task.Value = done);
            });

    private static Task<T> RunPlainAsync<T>(double rows, TimeProvider time, Func<Action<long>, Task<T>> work)
    {
        var toldAt = time.GetTimestamp();
        return work(done =>
        {
            if (time.GetElapsedTime(toldAt) < BetweenLines)
                return;
            toldAt = time.GetTimestamp();
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"verified {done} of about {rows} rows"));
        });
    }
}
