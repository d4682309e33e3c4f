using Wallet.Chaos.Checking;
using Wallet.Ledger;
using static Wallet.Tests.Ledger.LedgerSamples;

namespace Wallet.Tests.Chaos;

/// <summary>A ledger in memory, and an oracle's notes beside it, so that a test can make them disagree.</summary>
internal sealed class SmallLedger
{
    private readonly Dictionary<long, Account> _accounts = new Account[] { Outside(World), User(Alice), User(Bob) }.ToDictionary(static account => account.Id);
    private readonly Dictionary<long, List<Entry>> _entries = new long[] { World, Alice, Bob }.ToDictionary(static id => id, static _ => new List<Entry>());
    private readonly Dictionary<Guid, Transfer> _transfers = [];
    private DateTime _now = Noon;

    /// <summary>One with 100 for Alice, of whom Bob then got 30; her attempt to send 500 was refused.</summary>
    public SmallLedger()
    {
        Deposit = Carry(Deposit(World, Alice, 100).Keyed(1));
        Transfer = Carry(Pay(Alice, Bob, 30).Keyed(2));
        Refusal = Carry(Pay(Alice, Bob, 500).Keyed(3));
    }

    public AskedTransfer Deposit { get; }

    public AskedTransfer Transfer { get; }

    public AskedTransfer Refusal { get; }

    public List<AskedTransfer> Asked { get; } = [];

    public List<Entry> EntriesOf(long accountId) => _entries[accountId];

    /// <summary>Changes the account's row behind everyone's back.</summary>
    public void Change(long accountId, Func<Account, Account> change) => _accounts[accountId] = change(_accounts[accountId]);

    public void Forget(Guid transferId) => _transfers.Remove(transferId);

    /// <summary>Carries the command out.</summary>
    /// <param name="command">What is asked for.</param>
    /// <param name="isRecordSeen">False where the ledger is to forget that it carried it out before.</param>
    public Decision Commit(TransferCommand command, bool isRecordSeen = true)
    {
        _now = _now.AddSeconds(1);
        var recorded = isRecordSeen && _transfers.TryGetValue(command.Id, out var earlier) ? [earlier] : (Transfer[])[];
        var plan = Planner.Plan(new LedgerSnapshot(_accounts.Values, recorded), [command], _now);
        foreach (var transfer in plan.Transfers)
            _transfers[transfer.Id] = transfer;
        foreach (var entry in plan.Entries)
            _entries[entry.AccountId].Add(entry);
        foreach (var (_, after) in plan.Changes)
            _accounts[after.Id] = after;
        return plan.Decisions[0];
    }

    /// <summary>Notes that it was asked for, and nothing else.</summary>
    public AskedTransfer Note(TransferCommand command)
    {
        var asked = new AskedTransfer
        {
            Id = command.Id,
            Key = command.Id.ToString(),
            Kind = command.Kind,
            Payer = new Party(command.RequestedBy, "token", command.PayerId!.Value),
            PayeeUserId = Owner(command.PayeeId!.Value),
            PayeeId = command.PayeeId,
            Amount = command.Amount,
        };
        Asked.Add(asked);
        return asked;
    }

    /// <summary>Carries the command out, and notes that its client was told so.</summary>
    public AskedTransfer Carry(TransferCommand command)
    {
        var asked = Note(command);
        var decision = Commit(command);
        asked.Told = decision.Outcome == Outcome.Done
            ? new Told { CreatedAt = decision.Transfer!.CreatedAt, PayerBalanceAfter = decision.Transfer.PayerBalanceAfter }
            : new Told { Refusal = "insufficient_funds" };
        return asked;
    }

    public IReadOnlyList<Contradiction> Judge() => Verdict.Of(Asked, new FinalLedger
    {
        Histories = [.. _accounts.Values.Select(account => new AccountHistory(account, _entries[account.Id]))],
        Transfers = _transfers,
    });

    /// <summary>Checks that the fault is the first that is reported.</summary>
    /// <returns>How it is explained.</returns>
    public string AssertFirst(Fault fault)
    {
        var contradictions = Judge();
        Assert.NotEmpty(contradictions);
        var first = contradictions[0];
        Assert.True(fault == first.Fault, $"Expected {fault}, got {first.Fault}: {first.Explanation}");
        return first.Explanation;
    }
}
