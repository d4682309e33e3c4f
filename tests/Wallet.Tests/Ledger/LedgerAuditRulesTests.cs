using Wallet.Ledger;
using static Wallet.Tests.Ledger.LedgerSamples;

namespace Wallet.Tests.Ledger;

/// <summary>What an audit of an account and of a transfer finds, one change at a time.</summary>
public sealed class LedgerAuditRulesTests
{
    private static readonly BatchPlan Good = Plan(
        [Outside(World), User(Alice), User(Bob)], [Deposit(World, Alice, 100), Pay(Alice, Bob, 30) with { Message = "lunch" }]);

    private static readonly Transfer Paid = Good.Transfers[1];

    private static readonly Dictionary<string, (FindingKind Kind, Func<Transfer, Transfer?> Change)> ChangedTransfers = new()
    {
        ["away"] = (FindingKind.TransferMissing, _ => null),
        ["refused"] = (FindingKind.TransferNotPosted, t => t with { Outcome = Outcome.InsufficientFunds }),
        ["another amount"] = (FindingKind.WrongAmount, t => t with { Amount = 31 }),
        ["the amount with its sign turned"] = (FindingKind.WrongAmount, t => t with { Amount = -30 }),
        ["the smallest amount of all"] = (FindingKind.WrongAmount, t => t with { Amount = long.MinValue }),
        ["another currency"] = (FindingKind.WrongParties, t => t with { Currency = "USD" }),
        ["another payer"] = (FindingKind.WrongParties, t => t with { PayerId = Carol }),
        ["another payee"] = (FindingKind.WrongParties, t => t with { PayeeId = Carol }),
        ["payer and payee swapped"] = (FindingKind.WrongAmount, t => t with { PayerId = t.PayeeId, PayeeId = t.PayerId }),
        ["nobody who pays"] = (FindingKind.WrongParties, t => t with { PayerId = null }),
        ["another kind"] = (FindingKind.WrongDetails, t => t with { Kind = TransferKind.Deposit }),
        ["another message"] = (FindingKind.WrongDetails, t => t with { Message = "dinner" }),
        ["no message"] = (FindingKind.WrongDetails, t => t with { Message = null }),
        ["another time"] = (FindingKind.WrongDetails, t => t with { CreatedAt = t.CreatedAt.AddMicroseconds(1) }),
        ["another sequence number"] = (FindingKind.WrongDetails, t => t with { PayerSeq = 1 }),
        ["another balance of the payer"] = (FindingKind.WrongDetails, t => t with { PayerBalanceAfter = 71 }),
    };

    public static TheoryData<string> TransferChanges => [.. ChangedTransfers.Keys];

    private static Account After(long id) => Good.Changes.Single(c => c.After.Id == id).After;

    private static Entry[] EntriesOf(long id) => [.. Good.Entries.Where(e => e.AccountId == id)];

    private static LedgerFinding[] Audit(Account account, IEnumerable<Entry> entries, Func<Guid, Transfer?> find, DateTime? latest = null)
    {
        var audit = new AccountAudit(account, ChainPosition.Opening(account));
        foreach (var entry in entries)
            audit.Follow(entry, find(entry.TransferId));
        audit.Finish(latest ?? Noon);
        return [.. audit.Findings];
    }

    private static Transfer? Find(Guid id) => Good.Transfers.SingleOrDefault(t => t.Id == id);

    [Fact]
    public void What_was_planned_has_no_finding()
    {
        foreach (var id in new[] { World, Alice, Bob })
            Assert.Empty(Audit(After(id), EntriesOf(id), Find));
        foreach (var transfer in Good.Transfers)
            Assert.Empty(TransferAudit.Check(transfer, EntryOf(transfer.PayerId, transfer.PayerSeq), EntryOf(transfer.PayeeId, transfer.PayeeSeq)));

        static Entry EntryOf(long? accountId, long? seq) => Good.Entries.Single(e => e.AccountId == accountId && e.Seq == seq);
    }

    [Theory]
    [MemberData(nameof(TransferChanges))]
    public void An_entry_whose_transfer_was_changed_shows(string name)
    {
        var (kind, change) = ChangedTransfers[name];

        var finding = Assert.Single(Audit(After(Alice), EntriesOf(Alice), id => id == Paid.Id ? change(Paid) : Find(id)));

        Assert.Equal(new LedgerFinding(kind, Alice, 2, Paid.Id), finding);
    }

    [Theory]
    [MemberData(nameof(TransferChanges))]
    public void A_transfer_that_was_changed_shows_by_itself(string name)
    {
        if (ChangedTransfers[name].Change(Paid) is not { } changed)
            return; // what is away is found by its entries alone
        var findings = TransferAudit.Check(changed, EntriesOf(Alice)[1], EntriesOf(Bob)[0]);

        Assert.Equal(name == "another currency", findings.Count == 0); // which the accounts have, not the entries
        Assert.All(findings, f => Assert.Equal(Paid.Id, f.TransferId));
    }

    [Fact]
    public void A_transfer_without_one_of_its_entries_shows()
    {
        var (paying, receiving) = (EntriesOf(Alice)[1], EntriesOf(Bob)[0]);

        Assert.Equal([new LedgerFinding(FindingKind.EntryMissing, Alice, 2, Paid.Id)], TransferAudit.Check(Paid, null, receiving));
        Assert.Equal([new LedgerFinding(FindingKind.EntryMissing, Bob, 1, Paid.Id)], TransferAudit.Check(Paid, paying, null));
        Assert.Equal([new LedgerFinding(FindingKind.EntryMissing, Bob, 1, Paid.Id)], TransferAudit.Check(Paid, paying, receiving with { TransferId = Number(9) }));
        Assert.Equal(2, TransferAudit.Check(Paid, null, null).Count);
    }

    [Fact]
    public void A_refused_transfer_has_no_entries()
    {
        var refused = Paid with { Outcome = Outcome.InsufficientFunds };

        Assert.Equal([new LedgerFinding(FindingKind.WrongDetails, TransferId: Paid.Id)], TransferAudit.Check(refused, null, null));
        Assert.Empty(TransferAudit.Check(refused with { PayerSeq = null, PayeeSeq = null, PayerBalanceAfter = null }, null, null));
    }

    [Fact]
    public void Each_broken_entry_is_found_once_and_so_is_what_lies_behind_it()
    {
        var entries = EntriesOf(Alice);

        var findings = Audit(After(Alice), [entries[0] with { Hash = entries[1].Hash }, entries[1] with { Amount = -29 }], Find);

        Assert.Equal(
            [
                new LedgerFinding(FindingKind.BrokenHash, Alice, 1, entries[0].TransferId), new LedgerFinding(FindingKind.WrongBalance, Alice, 2, Paid.Id),
                new LedgerFinding(FindingKind.WrongAmount, Alice, 2, Paid.Id),
            ],
            findings);
    }

    [Fact]
    public void A_missing_entry_is_named_by_its_number()
    {
        Assert.Equal([new LedgerFinding(FindingKind.SequenceGap, Alice, 1)], Audit(After(Alice), EntriesOf(Alice)[1..], Find));
        Assert.Equal([new LedgerFinding(FindingKind.HeadMismatch, Alice, 2)], Audit(After(Alice), EntriesOf(Alice)[..1], Find));
    }

    [Fact]
    public void Entries_that_are_not_there_to_the_end_of_a_stretch_are_one_finding_and_what_follows_is_audited()
    {
        var audit = new AccountAudit(After(Alice), ChainPosition.Opening(After(Alice)));
        audit.Reach(1);
        audit.Follow(EntriesOf(Alice)[1], Paid);
        audit.Finish(Noon);

        Assert.Equal([new LedgerFinding(FindingKind.SequenceGap, Alice, 1)], audit.Findings);
        Assert.Equal(2, audit.Position.Seq);
    }

    [Fact]
    public void An_entry_of_another_account_is_not_followed()
    {
        var findings = Audit(After(Alice), [EntriesOf(Bob)[0], .. EntriesOf(Alice)], Find);

        Assert.Equal([new LedgerFinding(FindingKind.WrongAccount, Alice, 1)], findings);
    }

    [Fact]
    public void An_account_in_the_future_is_a_warning_and_one_at_the_limit_is_none()
    {
        Assert.Empty(Audit(After(Alice), EntriesOf(Alice), Find, latest: Noon));

        var finding = Assert.Single(Audit(After(Alice), EntriesOf(Alice), Find, latest: Noon.AddMicroseconds(-1)));

        Assert.Equal(new LedgerFinding(FindingKind.InTheFuture, Alice, 2), finding);
        Assert.True(finding.IsWarning);
    }

    [Fact]
    public void Less_than_nothing_to_spend_is_found_whatever_else_is_wrong() => Assert.Equal(
        [new LedgerFinding(FindingKind.HeadMismatch, Alice, 2), new LedgerFinding(FindingKind.BelowZero, Alice, 2)],
        Audit(After(Alice) with { Balance = long.MinValue, Held = long.MaxValue }, EntriesOf(Alice), Find));

    [Fact]
    public void Sums_and_counts_of_the_whole_are_checked()
    {
        LedgerTotals good = new([new CurrencyTotals("SGD", 3, 0, 4), new CurrencyTotals("USD", 1, 0, 0)], 4, 2);

        Assert.Empty(good.Check());
        Assert.Empty((good with { Entries = null, PostedTransfers = null }).Check());
        Assert.Equal([new LedgerFinding(FindingKind.SumNotZero, Currency: "EUR")], (good with { Currencies = [.. good.Currencies, new("EUR", 1, Int128.MaxValue, 0)] }).Check());
        Assert.Equal([new LedgerFinding(FindingKind.StrayEntries)], (good with { Entries = 5 }).Check());
        Assert.Equal([new LedgerFinding(FindingKind.StrayEntries)], (good with { PostedTransfers = 3 }).Check());
    }

    [Fact]
    public void A_fault_of_a_chain_and_its_finding_have_one_name_and_number() => Assert.All(
        Enum.GetValues<ChainFault>().Where(f => f != ChainFault.None), f => Assert.Equal(f.ToString(), ((FindingKind)f).ToString()));
}
