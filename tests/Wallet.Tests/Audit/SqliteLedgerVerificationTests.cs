using Wallet.Tests.Storage;

namespace Wallet.Tests.Audit;

public sealed class SqliteLedgerVerificationTests(SqliteLedger ledger) : LedgerVerificationContract(ledger), IClassFixture<SqliteLedger>
{
    private protected override string[] Disarm { get; } =
    [
        "DROP TRIGGER entries_no_update", "DROP TRIGGER entries_no_delete", "DROP TRIGGER transfers_no_update", "DROP TRIGGER transfers_no_delete",
        "DROP TRIGGER accounts_identity", "DROP TRIGGER accounts_no_delete",
        // A CHECK cannot be dropped here; whoever may write the schema can.
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (kind = 2 OR balance - held >= 0)', 'CHECK (1)') WHERE name = 'accounts'; PRAGMA writable_schema = RESET",
    ];

    private protected override string[] StrayEntry { get; } =
    [
        "INSERT INTO entries (account_id, seq, previous, transfer_id, kind, amount, balance_after, counterparty_id, created_at, hash) " +
        "SELECT 4711, seq, previous, transfer_id, kind, amount, balance_after, counterparty_id, created_at, hash FROM entries WHERE account_id = {0} AND seq = 1",
    ];

    private protected override string Blob(string hexadecimal) => $"x'{hexadecimal}'";
}
