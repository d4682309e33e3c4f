using Wallet.Chaos.Checking;
using Wallet.Ledger;
using static Wallet.Tests.Ledger.LedgerSamples;

namespace Wallet.Tests.Chaos;

/// <summary>A checker that finds nothing proves nothing: each fault is planted, and must be found.</summary>
public sealed class VerdictTests
{
    private readonly SmallLedger _ledger = new();

    [Fact]
    public void A_ledger_that_is_as_was_told_is_not_contradicted() => Assert.Empty(_ledger.Judge());

    [Fact]
    public void What_has_no_answer_may_be_there_once_or_not_at_all()
    {
        _ledger.Note(Pay(Alice, Bob, 7).Keyed(10));
        var done = Pay(Alice, Bob, 8).Keyed(11);
        _ledger.Note(done);
        _ledger.Commit(done);
        var refused = Pay(Alice, Bob, 900).Keyed(12);
        _ledger.Note(refused);
        _ledger.Commit(refused);

        Assert.Empty(_ledger.Judge());
    }

    [Fact]
    public void A_lost_acknowledged_transfer_is_reported()
    {
        _ledger.Note(Pay(Alice, Bob, 5).Keyed(10)).Told = new Told { CreatedAt = Noon, PayerBalanceAfter = 65 };

        Assert.Contains($"{Number(10)}", _ledger.AssertFirst(Fault.TransferLost));
        Assert.Contains(_ledger.Judge(), static c => c.Fault == Fault.BalanceDiffers);
    }

    [Fact]
    public void A_doubled_transfer_is_reported()
    {
        _ledger.Commit(Pay(Alice, Bob, 30).Keyed(2), isRecordSeen: false);

        _ledger.AssertFirst(Fault.TransferDoubled);
        Assert.Equal(2, _ledger.Judge().Count(static c => c.Fault == Fault.BalanceDiffers));
    }

    [Fact]
    public void A_doubled_transfer_that_has_no_answer_is_reported()
    {
        var command = Pay(Alice, Bob, 5).Keyed(10);
        _ledger.Note(command);
        _ledger.Commit(command);
        _ledger.Commit(command, isRecordSeen: false);

        _ledger.AssertFirst(Fault.TransferDoubled);
    }

    [Fact]
    public void A_transfer_with_another_amount_is_reported()
    {
        var asked = _ledger.Note(Pay(Alice, Bob, 5).Keyed(10));
        var done = _ledger.Commit(Pay(Alice, Bob, 6).Keyed(10)).Transfer!;
        asked.Told = new Told { CreatedAt = done.CreatedAt, PayerBalanceAfter = done.PayerBalanceAfter };

        _ledger.AssertFirst(Fault.TransferDiffers);
    }

    [Fact]
    public void A_transfer_with_one_side_is_reported()
    {
        _ledger.EntriesOf(Bob).RemoveAt(0);

        _ledger.AssertFirst(Fault.TransferDiffers);
        Assert.Contains(_ledger.Judge(), static c => c.Fault == Fault.ChainBroken);
    }

    [Fact]
    public void Another_balance_or_time_than_was_told_is_reported()
    {
        var told = _ledger.Transfer.Told!;
        _ledger.Transfer.Told = told with { PayerBalanceAfter = 71 };
        _ledger.AssertFirst(Fault.TransferDiffers);
        _ledger.Transfer.Told = told with { CreatedAt = told.CreatedAt!.Value.AddMicroseconds(1) };
        _ledger.AssertFirst(Fault.TransferDiffers);
    }

    [Fact]
    public void A_transfer_whose_row_is_gone_is_reported()
    {
        _ledger.Forget(_ledger.Transfer.Id);
        _ledger.AssertFirst(Fault.TransferDiffers);
    }

    [Fact]
    public void A_refusal_that_moved_money_is_reported()
    {
        _ledger.Carry(Pay(Alice, Bob, 5).Keyed(10)).Told = new Told { Refusal = "insufficient_funds" };

        _ledger.AssertFirst(Fault.RefusalMovedMoney);
        Assert.Equal(2, _ledger.Judge().Count(static c => c.Fault == Fault.BalanceDiffers));
    }

    [Fact]
    public void A_refusal_that_is_not_recorded_or_as_another_is_reported()
    {
        _ledger.Refusal.Told = new Told { Refusal = "self_transfer" };
        _ledger.AssertFirst(Fault.RefusalDiffers);
        _ledger.Forget(_ledger.Refusal.Id);
        _ledger.AssertFirst(Fault.RefusalDiffers);
    }

    [Fact]
    public void What_nobody_asked_for_is_reported()
    {
        _ledger.Commit(Pay(Bob, Alice, 3).Keyed(10));
        _ledger.AssertFirst(Fault.EntryUnasked);
    }

    [Fact]
    public void A_chain_that_breaks_is_reported()
    {
        _ledger.EntriesOf(Alice)[1] = _ledger.EntriesOf(Alice)[1] with { Message = "rewritten" };
        Assert.Contains(nameof(ChainFault.BrokenHash), _ledger.AssertFirst(Fault.ChainBroken));
    }

    [Fact]
    public void A_chain_that_does_not_end_at_the_head_is_reported()
    {
        _ledger.Change(Bob, static account => account with { EntryCount = account.EntryCount + 1 });
        Assert.Contains(nameof(ChainFault.HeadMismatch), _ledger.AssertFirst(Fault.ChainBroken));
    }

    [Fact]
    public void A_balance_that_was_changed_is_reported_and_so_is_the_sum()
    {
        _ledger.Change(Bob, static account => account with { Balance = account.Balance + 1 });

        _ledger.AssertFirst(Fault.BalanceDiffers);
        Assert.Contains(_ledger.Judge(), static c => c.Fault == Fault.SumNotZero);
    }

    [Fact]
    public void A_balance_below_zero_is_reported()
    {
        _ledger.EntriesOf(Bob)[0] = _ledger.EntriesOf(Bob)[0] with { BalanceAfter = -1 };
        Assert.Contains(_ledger.Judge(), static c => c.Fault == Fault.BalanceNegative);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_version_that_cannot_be_is_reported(long version)
    {
        _ledger.Change(Alice, account => account with { Version = version });
        _ledger.AssertFirst(Fault.VersionImpossible);
    }
}
