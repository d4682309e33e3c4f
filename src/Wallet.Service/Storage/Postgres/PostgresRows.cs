using Npgsql;
using Wallet.Ledger;

namespace Wallet.Service.Storage.Postgres;

/// <summary>The columns of the ledger's tables, and how a row becomes a record.</summary>
internal static class PostgresRows
{
    public const string AccountColumns =
        "id, user_id, name, currency, kind, status, balance, held, version, entry_count, head_hash, created_at, changed_at";

    public const string TransferColumns =
        "id, fingerprint, kind, outcome, requested_by, payer_id, payee_id, amount, currency, message, created_at, " +
        "payer_seq, payee_seq, payer_balance_after";

    public const string EntryColumns = "account_id, seq, transfer_id, kind, amount, balance_after, counterparty_id, created_at, hash, message";

    public static async Task<List<Account>> ReadAccountsAsync(this NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var accounts = new List<Account>();
        while (await reader.ReadAsync(cancellationToken))
        {
            accounts.Add(new Account
            {
                Id = reader.GetInt64(0),
                UserId = reader.GetString(1),
                Name = SharedText.Of(reader.GetString(2)),
                Currency = SharedText.Of(reader.GetString(3)),
                Kind = (AccountKind)reader.GetInt16(4),
                Status = (AccountStatus)reader.GetInt16(5),
                Balance = reader.GetInt64(6),
                Held = reader.GetInt64(7),
                Version = reader.GetInt64(8),
                EntryCount = reader.GetInt64(9),
                Head = new Hash256(reader.GetFieldValue<byte[]>(10)),
                CreatedAt = reader.GetDateTime(11),
                ChangedAt = reader.GetDateTime(12),
            });
        }

        return accounts;
    }

    public static async Task<List<Transfer>> ReadTransfersAsync(this NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var transfers = new List<Transfer>();
        while (await reader.ReadAsync(cancellationToken))
        {
            transfers.Add(new Transfer
            {
                Id = reader.GetGuid(0),
                Fingerprint = reader.GetGuid(1),
                Kind = (TransferKind)reader.GetInt16(2),
                Outcome = (Outcome)reader.GetInt16(3),
                RequestedBy = reader.GetString(4),
                PayerId = reader.GetNullableInt64(5),
                PayeeId = reader.GetNullableInt64(6),
                Amount = reader.GetInt64(7),
                Currency = reader.GetString(8),
                Message = reader.IsDBNull(9) ? null : reader.GetString(9),
                CreatedAt = reader.GetDateTime(10),
                PayerSeq = reader.GetNullableInt64(11),
                PayeeSeq = reader.GetNullableInt64(12),
                PayerBalanceAfter = reader.GetNullableInt64(13),
            });
        }

        return transfers;
    }

    public static Entry ReadEntry(this NpgsqlDataReader reader) => new()
    {
        AccountId = reader.GetInt64(0),
        Seq = reader.GetInt64(1),
        TransferId = reader.GetGuid(2),
        Kind = (TransferKind)reader.GetInt16(3),
        Amount = reader.GetInt64(4),
        BalanceAfter = reader.GetInt64(5),
        CounterpartyId = reader.GetInt64(6),
        CreatedAt = reader.GetDateTime(7),
        Hash = new Hash256(reader.GetFieldValue<byte[]>(8)),
        Message = reader.IsDBNull(9) ? null : reader.GetString(9),
    };

    private static long? GetNullableInt64(this NpgsqlDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetInt64(ordinal);
}
