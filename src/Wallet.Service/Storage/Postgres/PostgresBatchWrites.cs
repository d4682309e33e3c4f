using Npgsql;
using Wallet.Ledger;
using static Wallet.Service.Storage.Postgres.PostgresParameter;

namespace Wallet.Service.Storage.Postgres;

/// <summary>
/// The statements that write a plan: one per table, whatever the size of the batch, each fed by one array per column. The arrays are
/// unnested in the list of columns, where PostgreSQL hands row after row on; in the list of tables it would first store each array's elements.
/// </summary>
internal static class PostgresBatchWrites
{
    // A row that is not what was planned on stays as it is, and the number of rows tells. The version alone does not say so: a plan may build on
    // one that failed, after which another writer gave the same number to something else. The head stands for the whole history. In the
    // order of ids, so that no two batches wait for each other.
    private const string UpdateAccounts =
        """
        UPDATE accounts a
        SET balance = d.balance, held = d.held, version = d.version + 1, entry_count = d.entry_count, head_hash = d.head_hash, changed_at = d.changed_at
        FROM (SELECT unnest($1) AS id, unnest($2) AS version, unnest($3) AS status, unnest($4) AS held_before, unnest($5) AS head_before,
                     unnest($6) AS balance, unnest($7) AS held, unnest($8) AS entry_count, unnest($9) AS head_hash, unnest($10) AS changed_at) AS d
        WHERE a.id = d.id AND a.version = d.version AND a.status = d.status AND a.held = d.held_before AND a.head_hash = d.head_before
        """;

    // An id that is taken is left to fail: "ON CONFLICT" would look each one up twice, and write twice to the log.
    private const string InsertTransfers =
        $"""
        INSERT INTO transfers ({PostgresRows.TransferColumns})
        SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7),
               unnest($8), unnest($9), unnest($10), unnest($11), unnest($12), unnest($13), unnest($14)
        """;

    private const string InsertEntries =
        $"""
        INSERT INTO entries ({PostgresRows.EntryColumns})
        SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9), unnest($10)
        """;

    /// <summary>Writes the plan within the connection's transaction, which is the caller's to end, in one round trip.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="plan">Not an empty one.</param>
    /// <param name="locks">What to do first, where the accounts are not locked yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LedgerStoreException">An account has moved since the plan was made (<see cref="StoreFailure.Conflict"/>).</exception>
    /// <exception cref="PostgresException">A transfer's id, or an entry's number, has been used since then (unique violation, a conflict as well).</exception>
    public static async Task WriteAsync(NpgsqlConnection connection, BatchPlan plan, NpgsqlBatchCommand? locks, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (locks is not null)
            batch.BatchCommands.Add(locks);
        batch.BatchCommands.Add(InsertTransfersCommand(plan.Transfers));
        NpgsqlBatchCommand? accounts = null;
        if (plan.Entries.Count > 0)
        {
            batch.BatchCommands.Add(accounts = UpdateAccountsCommand(plan.Changes));
            batch.BatchCommands.Add(InsertEntriesCommand(plan.Entries));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        if (accounts is not null && accounts.RecordsAffected != plan.Changes.Count)
            throw new LedgerStoreException(StoreFailure.Conflict, "Another writer changed one of the accounts.");
    }

    private static NpgsqlBatchCommand UpdateAccountsCommand(IReadOnlyList<AccountChange> changes)
    {
        var rows = changes.Count;
        var (ids, versions, statuses) = (new long[rows], new long[rows], new short[rows]);
        var (heldBefore, headsBefore) = (new long[rows], new HashColumn(rows));
        var (balances, held, counts) = (new long[rows], new long[rows], new long[rows]);
        var (heads, times) = (new HashColumn(rows), new DateTime[rows]);
        for (var i = 0; i < rows; i++)
        {
            var (before, after) = changes[i];
            (ids[i], versions[i], statuses[i], heldBefore[i]) = (before.Id, before.Version, (short)before.Status, before.Held);
            headsBefore[i] = before.Head;
            (balances[i], held[i], counts[i]) = (after.Balance, after.Held, after.EntryCount);
            heads[i] = after.Head;
            times[i] = after.ChangedAt;
        }

        return new NpgsqlBatchCommand(UpdateAccounts)
        {
            Parameters =
            {
                Of(ids), Of(versions), Of(statuses), Of(heldBefore), Of(headsBefore.Values),
                Of(balances), Of(held), Of(counts), Of(heads.Values), Of(times),
            },
        };
    }

    private static NpgsqlBatchCommand InsertTransfersCommand(IReadOnlyList<Transfer> transfers)
    {
        var rows = transfers.Count;
        var (ids, fingerprints, kinds, outcomes) = (new Guid[rows], new Guid[rows], new short[rows], new short[rows]);
        var (users, payers, payees, amounts) = (new string[rows], new long?[rows], new long?[rows], new long[rows]);
        var (currencies, messages, times) = (new string[rows], new string?[rows], new DateTime[rows]);
        var (payerSeqs, payeeSeqs, balances) = (new long?[rows], new long?[rows], new long?[rows]);
        for (var i = 0; i < rows; i++)
        {
            var transfer = transfers[i];
            (ids[i], fingerprints[i], kinds[i], outcomes[i]) = (transfer.Id, transfer.Fingerprint, (short)transfer.Kind, (short)transfer.Outcome);
            (users[i], payers[i], payees[i], amounts[i]) = (transfer.RequestedBy, transfer.PayerId, transfer.PayeeId, transfer.Amount);
            (currencies[i], messages[i], times[i]) = (transfer.Currency, transfer.Message, transfer.CreatedAt);
            (payerSeqs[i], payeeSeqs[i], balances[i]) = (transfer.PayerSeq, transfer.PayeeSeq, transfer.PayerBalanceAfter);
        }

        return new NpgsqlBatchCommand(InsertTransfers)
        {
            Parameters =
            {
                Of(ids), Of(fingerprints), Of(kinds), Of(outcomes), Of(users), Of(payers), Of(payees), Of(amounts),
                Of(currencies), Of(messages), Of(times), Of(payerSeqs), Of(payeeSeqs), Of(balances),
            },
        };
    }

    private static NpgsqlBatchCommand InsertEntriesCommand(IReadOnlyList<Entry> entries)
    {
        var rows = entries.Count;
        var (accounts, seqs, transfers, kinds) = (new long[rows], new long[rows], new Guid[rows], new short[rows]);
        var (amounts, balances, counterparties) = (new long[rows], new long[rows], new long[rows]);
        var (times, hashes, messages) = (new DateTime[rows], new HashColumn(rows), new string?[rows]);
        for (var i = 0; i < rows; i++)
        {
            var entry = entries[i];
            (accounts[i], seqs[i], transfers[i], kinds[i]) = (entry.AccountId, entry.Seq, entry.TransferId, (short)entry.Kind);
            (amounts[i], balances[i], counterparties[i]) = (entry.Amount, entry.BalanceAfter, entry.CounterpartyId);
            (times[i], messages[i]) = (entry.CreatedAt, entry.Message);
            hashes[i] = entry.Hash;
        }

        return new NpgsqlBatchCommand(InsertEntries)
        {
            Parameters =
            {
                Of(accounts), Of(seqs), Of(transfers), Of(kinds), Of(amounts), Of(balances), Of(counterparties),
                Of(times), Of(hashes.Values), Of(messages),
            },
        };
    }

    /// <summary>Hashes as bytea, all of them in one array.</summary>
    private readonly struct HashColumn(int rows)
    {
        private readonly byte[] _bytes = new byte[rows * Hash256.Size];

        public ReadOnlyMemory<byte>[] Values { get; } = new ReadOnlyMemory<byte>[rows];

        public Hash256 this[int row]
        {
            set
            {
                var bytes = _bytes.AsMemory(row * Hash256.Size, Hash256.Size);
                value.CopyTo(bytes.Span);
                Values[row] = bytes;
            }
        }
    }
}
