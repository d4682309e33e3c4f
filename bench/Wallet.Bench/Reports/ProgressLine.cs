using Spectre.Console;

namespace Wallet.Bench.Reports;

/// <summary>One line on the console that says what is done now, and how long it will still take.</summary>
internal sealed class ProgressLine
{
    private readonly ProgressTask _task;

    private ProgressLine(ProgressTask task) => _task = task;

    public static Task<T> RunAsync<T>(Func<ProgressLine, Task<T>> work) =>
        AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new RemainingTimeColumn())
            .StartAsync(progress => work(new ProgressLine(progress.AddTask("starting").IsIndeterminate())));

    /// <summary>What is done now.</summary>
    public void Say(string text) => _task.Description = Markup.Escape(text);

    /// <summary>From now on it is known how many steps there are.</summary>
    public void Expect(double steps)
    {
        _task.IsIndeterminate(false);
        _task.MaxValue = steps;
    }

    public void Step() => _task.Increment(1);
}
