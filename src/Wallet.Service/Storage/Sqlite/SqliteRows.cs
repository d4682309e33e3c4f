using Wallet.Ledger;

namespace Wallet.Service.Storage.Sqlite;

/// <summary>The columns of the ledger's tables, and how a row becomes a record.</summary>
internal static class SqliteRows
{
    public const string AccountColumns =
        "id, user_id, name, currency, kind, status, balance, held, version, entry_count, head_hash, created_at, changed_at, head_entry";

    public const string TransferColumns =
        "id, fingerprint, kind, outcome, requested_by, payer_id, payee_id, amount, currency, message, created_at, " +
        "payer_seq, payee_seq, payer_balance_after";

    public const string EntryColumns =
        "account_id, seq, transfer_id, kind, amount, balance_after, counterparty_id, created_at, hash, message, previous";

    /// <summary>The column of <see cref="AccountColumns"/> with the row id of the latest entry.</summary>
    public const int HeadEntry = 13;

    /// <summary>The column of <see cref="EntryColumns"/> with the row id of the entry before.</summary>
    public const int Previous = 10;

    public static Account ReadAccount(this in SqliteStatement row) => new()
    {
        Id = row.Long(0),
        UserId = row.Text(1),
        Name = SharedText.Of(row.Text(2)),
        Currency = SharedText.Of(row.Text(3)),
        Kind = (AccountKind)row.Long(4),
        Status = (AccountStatus)row.Long(5),
        Balance = row.Long(6),
        Held = row.Long(7),
        Version = row.Long(8),
        EntryCount = row.Long(9),
        Head = row.Hash(10),
        CreatedAt = row.Time(11),
        ChangedAt = row.Time(12),
    };

    public static Transfer ReadTransfer(this in SqliteStatement row) => new()
    {
        Id = row.Guid(0),
        Fingerprint = row.Guid(1),
        Kind = (TransferKind)row.Long(2),
        Outcome = (Outcome)row.Long(3),
        RequestedBy = row.Text(4),
        PayerId = row.NullableLong(5),
        PayeeId = row.NullableLong(6),
        Amount = row.Long(7),
        Currency = row.Text(8),
        Message = row.IsNull(9) ? null : row.Text(9),
        CreatedAt = row.Time(10),
        PayerSeq = row.NullableLong(11),
        PayeeSeq = row.NullableLong(12),
        PayerBalanceAfter = row.NullableLong(13),
    };

    public static Entry ReadEntry(this in SqliteStatement row) => new()
    {
        AccountId = row.Long(0),
        Seq = row.Long(1),
        TransferId = row.Guid(2),
        Kind = (TransferKind)row.Long(3),
        Amount = row.Long(4),
        BalanceAfter = row.Long(5),
        CounterpartyId = row.Long(6),
        CreatedAt = row.Time(7),
        Hash = row.Hash(8),
        Message = row.IsNull(9) ? null : row.Text(9),
    };
}
