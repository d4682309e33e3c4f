using Npgsql;
using Wallet.Ledger;

namespace Wallet.Service.Storage.Postgres;

/// <summary>The statements that write a plan: one per table, whatever the size of the batch, each fed by arrays through <c>unnest</c>.</summary>
internal static class PostgresBatchWrites
{
    // "= ANY" beside the join lets Citus see which shards it needs.
    private const string UpdateAccounts =
        """
        UPDATE accounts a
        SET balance = d.balance, held = d.held, version = d.version + 1, entry_count = d.entry_count, head_hash = d.head_hash, changed_at = d.changed_at
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS d(id, version, balance, held, entry_count, head_hash, changed_at)
        WHERE a.id = d.id AND a.id = ANY($1) AND a.version = d.version
        """;

    private const string InsertTransfers =
        $"""
        INSERT INTO transfers ({PostgresRows.TransferColumns})
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (id) DO NOTHING
        """;

    private const string InsertEntries =
        $"""
        INSERT INTO entries ({PostgresRows.EntryColumns})
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    /// <summary>Writes the plan within the connection's transaction, which is the caller's to end.</summary>
    /// <exception cref="LedgerStoreException">An account or a transfer's id has moved since the plan was made (<see cref="StoreFailure.Conflict"/>).</exception>
    public static async Task WriteAsync(NpgsqlConnection connection, BatchPlan plan, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        var transfers = InsertTransfersCommand(plan.Transfers);
        batch.BatchCommands.Add(transfers);
        NpgsqlBatchCommand? accounts = null;
        if (plan.Entries.Count > 0)
        {
            batch.BatchCommands.Add(accounts = UpdateAccountsCommand(plan.Changes));
            batch.BatchCommands.Add(InsertEntriesCommand(plan.Entries));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        if (transfers.RecordsAffected != plan.Transfers.Count)
            throw new LedgerStoreException(StoreFailure.Conflict, "Another writer used the same idempotency key.");
        if (accounts is not null && accounts.RecordsAffected != plan.Changes.Count)
            throw new LedgerStoreException(StoreFailure.Conflict, "Another writer changed one of the accounts.");
    }

    private static NpgsqlBatchCommand UpdateAccountsCommand(IReadOnlyList<AccountChange> changes) => new(UpdateAccounts)
    {
        Parameters =
        {
            Column(changes, static c => c.Before.Id),
            Column(changes, static c => c.Before.Version),
            Column(changes, static c => c.After.Balance),
            Column(changes, static c => c.After.Held),
            Column(changes, static c => c.After.EntryCount),
            Column(changes, static c => c.After.Head.ToArray()),
            Column(changes, static c => c.After.ChangedAt),
        },
    };

    private static NpgsqlBatchCommand InsertTransfersCommand(IReadOnlyList<Transfer> transfers) => new(InsertTransfers)
    {
        Parameters =
        {
            Column(transfers, static t => t.Id),
            Column(transfers, static t => t.Fingerprint),
            Column(transfers, static t => (short)t.Kind),
            Column(transfers, static t => (short)t.Outcome),
            Column(transfers, static t => t.RequestedBy),
            Column(transfers, static t => t.PayerId),
            Column(transfers, static t => t.PayeeId),
            Column(transfers, static t => t.Amount),
            Column(transfers, static t => t.Currency),
            Column(transfers, static t => t.Message),
            Column(transfers, static t => t.CreatedAt),
            Column(transfers, static t => t.PayerSeq),
            Column(transfers, static t => t.PayeeSeq),
            Column(transfers, static t => t.PayerBalanceAfter),
        },
    };

    private static NpgsqlBatchCommand InsertEntriesCommand(IReadOnlyList<Entry> entries) => new(InsertEntries)
    {
        Parameters =
        {
            Column(entries, static e => e.AccountId),
            Column(entries, static e => e.Seq),
            Column(entries, static e => e.TransferId),
            Column(entries, static e => (short)e.Kind),
            Column(entries, static e => e.Amount),
            Column(entries, static e => e.BalanceAfter),
            Column(entries, static e => e.CounterpartyId),
            Column(entries, static e => e.CreatedAt),
            Column(entries, static e => e.Hash.ToArray()),
        },
    };

    private static NpgsqlParameter<TColumn[]> Column<TRow, TColumn>(IReadOnlyList<TRow> rows, Func<TRow, TColumn> value)
    {
        var column = new TColumn[rows.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = value(rows[i]);
        return new NpgsqlParameter<TColumn[]> { TypedValue = column };
    }
}
