using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Wallet.Ledger;
using Wallet.Service;
using Wallet.Service.Audit;

namespace Wallet.Tests.Audit;

public sealed class RecentEntriesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Entries_of_one_account_wait_together_and_the_oldest_goes_first()
    {
        var recent = Make();
        recent.Note([Posted(10, 1, 20, 1)]);
        _time.Advance(TimeSpan.FromSeconds(3));
        recent.Note([Posted(10, 2, 30, 7), Posted(20, 2, 10, 3)]);

        Assert.Equal((3, TimeSpan.FromSeconds(3)), (recent.Count, recent.Lag));
        var taken = recent.Take(100);

        Assert.Equal([(10L, 1L, 3L), (20L, 1L, 2L), (30L, 7L, 7L)], taken.Select(s => (s.AccountId, s.BeginSeq, s.LastSeq)));
        Assert.Equal((0, TimeSpan.Zero), (recent.Count, recent.Lag));
    }

    [Fact]
    public void No_more_is_taken_than_was_asked_for_but_for_the_last()
    {
        var recent = Make();
        recent.Note([.. Enumerable.Range(1, 50).Select(i => Posted(1, i, 1_000 + i, 1))]);

        Assert.Equal([1L], recent.Take(10).Select(s => s.AccountId));
        Assert.Equal(5, recent.Take(10).Count);
        Assert.Equal(45, recent.Count);
    }

    [Fact]
    public void What_was_put_back_waits_on_as_long_as_it_has_waited()
    {
        var recent = Make();
        recent.Note([Posted(10, 1, 20, 1)]);
        var first = recent.Take(1)[0];
        _time.Advance(TimeSpan.FromSeconds(5));
        recent.Note([Posted(10, 2, 20, 2)]);

        recent.PutBack(first);

        var taken = recent.Take(100);
        Assert.Equal((10L, 1L, 2L), (taken.Single(s => s.AccountId == 10).AccountId, taken.Single(s => s.AccountId == 10).BeginSeq, taken.Single(s => s.AccountId == 10).LastSeq));
        Assert.Equal(first.Since, taken.Single(s => s.AccountId == 10).Since);
    }

    [Fact]
    public void What_does_not_fit_is_left_to_the_full_turn()
    {
        var recent = Make(max: 100);

        recent.Note([.. Enumerable.Range(0, 500).Select(i => Posted(2 * i, 1, (2 * i) + 1, 1))]);

        Assert.Equal(100, recent.Count);
    }

    [Fact]
    public void Refusals_and_replays_have_no_new_entries()
    {
        var recent = Make();

        recent.Note([Posted(1, 1, 2, 1) with { IsReplay = true }, new Decision(Outcome.InsufficientFunds, false, Posted(1, 1, 2, 1).Transfer), new Decision(Outcome.Done, false, null)]);

        Assert.Equal(0, recent.Count);
    }

    [Fact]
    public void Where_nobody_audits_nothing_is_kept()
    {
        var options = new WalletOptions();
        options.Audit.Enabled = false;
        var recent = new RecentEntries(Options.Create(options), _time);

        recent.Note([Posted(1, 1, 2, 1)]);

        Assert.Equal(0, recent.Count);
    }

    private static Decision Posted(long payerId, long payerSeq, long payeeId, long payeeSeq) => new(Outcome.Done, IsReplay: false, new Transfer
    {
        Id = Guid.NewGuid(),
        Fingerprint = Guid.NewGuid(),
        Kind = TransferKind.Transfer,
        Outcome = Outcome.Done,
        RequestedBy = "payer",
        PayerId = payerId,
        PayeeId = payeeId,
        Amount = 1,
        Currency = "SGD",
        Message = null,
        CreatedAt = DateTime.UnixEpoch,
        PayerSeq = payerSeq,
        PayeeSeq = payeeSeq,
        PayerBalanceAfter = 0,
    });

    private RecentEntries Make(int max = 1_000)
    {
        var options = new WalletOptions();
        options.Audit.WaitingMax = max;
        return new RecentEntries(Options.Create(options), _time);
    }
}
