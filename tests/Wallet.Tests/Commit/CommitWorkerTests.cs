using Microsoft.Extensions.Time.Testing;
using Wallet.Ledger;
using Wallet.Service.Commit;
using Wallet.Service.Storage;

namespace Wallet.Tests.Commit;

public sealed class CommitWorkerTests
{
    private static LedgerStoreException Failure(StoreFailure failure) => new(failure, "scripted");

    private static async Task<CommitAnswer[]> SubmitAsync(CommitHarness harness, int count) =>
        await Task.WhenAll(Enumerable.Range(1, count).Select(i => harness.Queue.SubmitAsync(CommitHarness.Command(i)).AsTask()));

    [Fact]
    public async Task Everything_that_waits_shares_one_commit_up_to_the_limit()
    {
        await using var harness = new CommitHarness((_, commands) => CommitHarness.AllDone(commands), o => o.BatchMax = 10);
        var answers = SubmitAsync(harness, 25);
        await harness.StartAsync();

        Assert.All(await answers, a => Assert.Equal(CommitStatus.Decided, a.Status));
        Assert.Equal([10, 10, 5], harness.Batches);
    }

    [Fact]
    public async Task Each_caller_gets_the_decision_of_its_own_command()
    {
        await using var harness = new CommitHarness((_, commands) =>
            [.. commands.Select(c => new Decision(c.Amount % 2 == 0 ? Outcome.Done : Outcome.InsufficientFunds, false, null))]);
        var answers = SubmitAsync(harness, 20);
        await harness.StartAsync();

        Assert.Equal(
            Enumerable.Range(1, 20).Select(i => i % 2 == 0 ? Outcome.Done : Outcome.InsufficientFunds),
            (await answers).Select(a => a.Decision.Outcome));
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_loses_nothing_that_it_took()
    {
        await using var harness = new CommitHarness((_, commands) => CommitHarness.AllDone(commands), o => o.QueueCapacity = 3);
        var waiting = SubmitAsync(harness, 3);
        var refused = await harness.Queue.SubmitAsync(CommitHarness.Command());
        await harness.StartAsync();

        Assert.Equal(CommitStatus.QueueFull, refused.Status);
        Assert.All(await waiting, a => Assert.Equal(CommitStatus.Decided, a.Status));
    }

    [Fact]
    public async Task Stopping_carries_out_what_waits_and_refuses_what_comes_after()
    {
        await using var harness = new CommitHarness((_, commands) => CommitHarness.AllDone(commands), o => o.BatchMax = 2);
        var waiting = SubmitAsync(harness, 7);
        await harness.StartAsync();
        await harness.StopAsync();

        Assert.All(await waiting, a => Assert.Equal(CommitStatus.Decided, a.Status));
        Assert.Equal(CommitStatus.Stopping, (await harness.Queue.SubmitAsync(CommitHarness.Command())).Status);
    }

    [Fact]
    public async Task A_conflict_is_tried_again_with_the_same_commands()
    {
        await using var harness = new CommitHarness((call, commands) =>
            call < 4 ? throw Failure(StoreFailure.Conflict) : CommitHarness.AllDone(commands));
        var answers = SubmitAsync(harness, 3);
        await harness.StartAsync();

        Assert.All(await answers, a => Assert.Equal(CommitStatus.Decided, a.Status));
        Assert.Equal([3, 3, 3, 3], harness.Batches);
    }

    [Fact]
    public async Task A_conflict_without_end_is_answered_as_not_applied()
    {
        await using var harness = new CommitHarness((_, _) => throw Failure(StoreFailure.Conflict), o => o.RetryWindow = TimeSpan.FromMilliseconds(200));
        var answers = SubmitAsync(harness, 2);
        await harness.StartAsync();

        Assert.All(await answers, a => Assert.Equal(CommitStatus.Unavailable, a.Status));
    }

    [Fact]
    public async Task A_database_that_is_away_is_answered_as_not_applied_and_the_next_batch_works()
    {
        var away = true;
        await using var harness = new CommitHarness((_, commands) =>
            away ? throw Failure(StoreFailure.Unavailable) : CommitHarness.AllDone(commands));
        await harness.StartAsync();

        Assert.All(await SubmitAsync(harness, 2), a => Assert.Equal(CommitStatus.Unavailable, a.Status));
        away = false;
        Assert.All(await SubmitAsync(harness, 2), a => Assert.Equal(CommitStatus.Decided, a.Status));
    }

    [Fact]
    public async Task Where_the_database_is_damaged_only_the_commands_that_need_what_is_damaged_are_answered_as_not_applied()
    {
        const long Damaged = 13;
        await using var harness = new CommitHarness((_, commands) =>
            commands.Any(static c => c.Amount == Damaged) ? throw Failure(StoreFailure.Damaged) : CommitHarness.AllDone(commands));
        var answers = new[] { 1, Damaged, 2 }.Select(async amount => (await harness.Queue.SubmitAsync(CommitHarness.Command(amount))).Status).ToArray();
        await harness.StartAsync();

        Assert.Equal([CommitStatus.Decided, CommitStatus.Unavailable, CommitStatus.Decided], await Task.WhenAll(answers));
    }

    [Fact]
    public async Task A_commit_without_answer_is_settled_by_giving_the_same_commands_again()
    {
        await using var harness = new CommitHarness((call, commands) => call switch
        {
            1 => throw Failure(StoreFailure.InDoubt),
            2 => throw Failure(StoreFailure.Unavailable),
            _ => CommitHarness.AllDone(commands),
        });
        var answers = SubmitAsync(harness, 3);
        await harness.StartAsync();

        Assert.All(await answers, a => Assert.Equal(CommitStatus.Decided, a.Status));
        Assert.Equal([3, 3, 3], harness.Batches);
    }

    [Fact]
    public async Task A_commit_that_cannot_be_settled_is_answered_as_in_doubt_and_never_as_not_applied()
    {
        await using var harness = new CommitHarness(
            (call, _) => throw Failure(call == 1 ? StoreFailure.InDoubt : StoreFailure.Unavailable),
            o => o.RetryWindow = TimeSpan.FromMilliseconds(300));
        var answers = SubmitAsync(harness, 2);
        await harness.StartAsync();

        Assert.All(await answers, a => Assert.Equal(CommitStatus.InDoubt, a.Status));
    }

    [Fact]
    public async Task A_poisoned_command_fails_alone()
    {
        const long Poison = 13;
        await using var harness = new CommitHarness((_, commands) =>
            commands.Any(c => c.Amount == Poison) ? throw new InvalidOperationException("poison") : CommitHarness.AllDone(commands));
        var answers = SubmitAsync(harness, 32);
        await harness.StartAsync();

        Assert.Equal(
            Enumerable.Range(1, 32).Select(i => i == Poison ? CommitStatus.Failed : CommitStatus.Decided),
            (await answers).Select(a => a.Status));
    }

    [Fact]
    public async Task A_command_that_conflicts_for_ever_fails_alone()
    {
        const long Stuck = 3;
        await using var harness = new CommitHarness((_, commands) =>
            commands.Any(c => c.Amount == Stuck) ? throw Failure(StoreFailure.Conflict) : CommitHarness.AllDone(commands),
            o => o.RetryWindow = TimeSpan.FromSeconds(2));
        var answers = SubmitAsync(harness, 4);
        await harness.StartAsync();

        Assert.Equal(
            Enumerable.Range(1, 4).Select(i => i == Stuck ? CommitStatus.Unavailable : CommitStatus.Decided),
            (await answers).Select(a => a.Status));
    }

    [Fact]
    public async Task A_poisoned_command_whose_first_attempt_got_no_answer_is_in_doubt()
    {
        await using var harness = new CommitHarness((call, _) =>
            call == 1 ? throw Failure(StoreFailure.InDoubt) : throw new InvalidOperationException("poison"));
        var answers = SubmitAsync(harness, 1);
        await harness.StartAsync();

        Assert.Equal(CommitStatus.InDoubt, Assert.Single(await answers).Status);
    }

    [Fact]
    public async Task A_command_whose_turn_does_not_come_in_time_is_withdrawn_and_never_carried_out()
    {
        var time = new FakeTimeProvider();
        await using var harness = new CommitHarness((_, commands) => CommitHarness.AllDone(commands), o => o.AnswerTimeout = TimeSpan.FromSeconds(20), time);
        var late = harness.Queue.SubmitAsync(CommitHarness.Command());
        time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(CommitStatus.Withdrawn, (await late).Status);
        await harness.StartAsync();
        await harness.StopAsync();
        Assert.Empty(harness.Batches);
    }

    [Fact]
    public async Task A_conflict_that_outlasts_the_window_is_answered_without_trying_each_command()
    {
        await using var harness = new CommitHarness((_, _) => throw Failure(StoreFailure.Conflict), o => o.RetryWindow = TimeSpan.Zero);
        var answers = SubmitAsync(harness, 8);
        await harness.StartAsync();

        Assert.All(await answers, a => Assert.Equal(CommitStatus.Unavailable, a.Status));
        Assert.All(harness.Batches, size => Assert.Equal(8, size));
    }

    [Fact]
    public async Task A_caller_is_told_in_doubt_when_the_answer_takes_too_long_and_the_command_goes_on()
    {
        var time = new FakeTimeProvider();
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        await using var harness = new CommitHarness(
            (_, commands) =>
            {
                entered.Set();
                release.Wait(TestContext.Current.CancellationToken);
                return CommitHarness.AllDone(commands);
            },
            o => o.AnswerTimeout = TimeSpan.FromSeconds(20),
            time);
        await harness.StartAsync();
        var answer = harness.Queue.SubmitAsync(CommitHarness.Command());
        entered.Wait(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(CommitStatus.InDoubt, (await answer).Status);
        release.Set();
        await harness.StopAsync();
        Assert.Equal([1], harness.Batches);
    }
}
