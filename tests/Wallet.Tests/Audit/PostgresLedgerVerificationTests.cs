using Wallet.Tests.Storage;

namespace Wallet.Tests.Audit;

public sealed class PostgresLedgerVerificationTests(PostgresLedger ledger) : LedgerVerificationContract(ledger), IClassFixture<PostgresLedger>
{
    private protected override string[] Disarm { get; } =
    [
        "ALTER TABLE entries DISABLE TRIGGER USER", "ALTER TABLE transfers DISABLE TRIGGER USER", "ALTER TABLE accounts DISABLE TRIGGER USER",
        "ALTER TABLE accounts DROP CONSTRAINT accounts_available",
    ];

    private protected override string[] StrayEntry { get; } =
    [
        "INSERT INTO entries (account_id, seq, transfer_id, kind, amount, balance_after, counterparty_id, created_at, hash) " +
        "SELECT 4711, seq, transfer_id, kind, amount, balance_after, counterparty_id, created_at, hash FROM entries WHERE account_id = {0} AND seq = 1",
    ];

    private protected override string Blob(string hexadecimal) => $"'\\x{hexadecimal}'";

    [Fact]
    public async Task An_entry_beyond_the_latest_is_found()
    {
        await using var longer = await BrokenLedger.CreateAsync(ledger, Disarm);
        await longer.ExecuteAsync(
        [
            "INSERT INTO entries (account_id, seq, transfer_id, kind, amount, balance_after, counterparty_id, created_at, hash) " +
            "SELECT account_id, 4, transfer_id, kind, amount, balance_after, counterparty_id, created_at, hash FROM entries WHERE account_id = {0} AND seq = 3",
        ]);

        var report = await VerifyAsync(longer.Store);

        Assert.Contains(report.Findings, f => f.AccountId == longer.Payer.Id && f.Seq == 4);
    }
}
