using System.Text.Json;
using Wallet.Service.Storage;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Fuzz;

/// <summary>
/// What the ledger must hold by what was answered: only an accepted request changes anything, and each accepted transfer does so once. Safe to use from any thread.
/// </summary>
internal sealed class LedgerTally
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, (long Balance, long Entries)> _accounts = [];
    private readonly HashSet<Guid> _transfers = [];
    private readonly HashSet<(string, string)> _dealings = [];
    private (long Accounts, long Entries, long Transfers) _rows;

    /// <summary>Begins with what is there.</summary>
    public static async Task<LedgerTally> BeginAsync(WalletFixture wallet, ILedgerStore store, IReadOnlyCollection<string> userIds)
    {
        var tally = new LedgerTally { _rows = await CountAsync(wallet) };
        foreach (var account in await store.ListAccountsAsync(userIds, CancellationToken.None))
            tally._accounts.Add(account.Id, (account.Balance, account.EntryCount));
        return tally;
    }

    /// <summary>Whether a user has paid another, so that each may know of the other.</summary>
    public bool HasPaid(string payer, string payee)
    {
        lock (_lock)
            return _dealings.Contains((payer, payee));
    }

    /// <summary>Counts what was answered with 201.</summary>
    /// <returns>Why that cannot be; null where it can.</returns>
    public string? Count(JsonElement answer, bool isReplay)
    {
        lock (_lock)
        {
            if (answer.TryGetProperty("payer", out var payer) && answer.TryGetProperty("payee", out var payee))
                return CountTransfer(answer.GetProperty("id").GetGuid(), payer, payee, answer.GetProperty("amount").GetInt64(), isReplay);
            if (answer.TryGetProperty("account_id", out var id) && answer.TryGetProperty("entry_count", out _))
                return CountAccount(id.GetInt64(), isReplay);
            return null;
        }
    }

    /// <summary>Compares with the ledger. To be called while no request is under way.</summary>
    public async Task CheckAsync(WalletFixture wallet, ILedgerStore store)
    {
        var accounts = await store.FindAccountsAsync(_accounts.Keys, CancellationToken.None);
        Assert.Equal(_accounts.OrderBy(static a => a.Key).Select(static a => (a.Key, a.Value)), accounts.OrderBy(static a => a.Id).Select(static a => (a.Id, (a.Balance, a.EntryCount))));
        Assert.Equal(_rows, await CountAsync(wallet));
    }

    /// <summary>Follows the chain of each account.</summary>
    public Task AuditAsync(ILedgerStore store) => LedgerAudit.CheckAsync(store, _accounts.Keys);

    private string? CountTransfer(Guid id, JsonElement payer, JsonElement payee, long amount, bool isReplay)
    {
        if (_transfers.Add(id) == isReplay)
            return isReplay ? "a replay of a transfer that was never answered" : "a transfer that was answered before, and is no replay";
        if (isReplay)
            return null;
        if (amount < 1)
            return "an amount below 1";

        Post(payer, -amount);
        Post(payee, amount);
        _rows = (_rows.Accounts, _rows.Entries + 2, _rows.Transfers + 1);
        _dealings.Add((payer.GetProperty("user_id").GetString()!, payee.GetProperty("user_id").GetString()!));
        return null;
    }

    private string? CountAccount(long id, bool isReplay)
    {
        if (_accounts.TryAdd(id, (0, 0)) == isReplay)
            return isReplay ? "a replay of an account that was never answered" : "an account that was answered before, and is no replay";
        if (!isReplay)
            _rows = (_rows.Accounts + 1, _rows.Entries, _rows.Transfers);
        return null;
    }

    private void Post(JsonElement party, long amount)
    {
        var id = party.GetProperty("account_id").GetInt64();
        var (balance, entries) = _accounts[id];
        _accounts[id] = (balance + amount, entries + 1);
    }

    private static async Task<(long Accounts, long Entries, long Transfers)> CountAsync(WalletFixture wallet) => (
        await wallet.CountAsync("SELECT count(*) FROM accounts"),
        await wallet.CountAsync("SELECT count(*) FROM entries"),
        await wallet.CountAsync("SELECT count(*) FROM transfers WHERE outcome = 0"));
}
