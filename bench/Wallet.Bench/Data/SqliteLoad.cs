using Wallet.Ledger;
using Wallet.Service.Storage.Sqlite;

namespace Wallet.Bench.Data;

/// <summary>Fills the tables one after the other, in large transactions.</summary>
internal sealed class SqliteLoad(SqliteDatabase database, LoadPlan plan, Account world, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
{
    private const int RowsPerTransaction = 500_000;
    private const int RowsPerReport = 10_000;

    // The store's own measure: every so many entries of an account one leaves a mark.
    private const int EntriesPerMark = 64;

    private readonly PlannedLedger _ledger = new(plan, world);
    private readonly long[] _headEntries = new long[plan.Accounts]; // row ids, by the account's index
    private long? _worldHeadEntry;

    public static void Run(string file, LoadPlan plan, Account world, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        using var database = SqliteDatabase.Open(Path.GetFullPath(file), isReadOnly: false);
        if (Any(database, "SELECT 1 FROM accounts WHERE kind = 1") || Any(database, "SELECT 1 FROM transfers") || Any(database, "SELECT 1 FROM entries"))
            throw new LoadException("The ledger has accounts of users or transfers already. Load into a new file.");
        try
        {
            new SqliteLoad(database, plan, world, progress, cancellationToken).Fill();
        }
        catch (SqliteErrorException e)
        {
            throw new LoadException($"It failed half way; remove the file {file}: {e.Message}", e);
        }
    }

    private void Fill()
    {
        // The index on the transfers' ids grows everywhere at once: as much of it as can be stays in memory. (KiB)
        database.Execute("PRAGMA cache_size = -524288");

        InBulk("transfers and entries", plan.Transfers, _ledger.Transfers(), Write);

        // The rest is written in the order of its keys.
        database.Execute("PRAGMA cache_size = -65536");
        InBulk("accounts", plan.Accounts, _ledger.Accounts, account => WriteAccount(account, _headEntries[account.Id - LoadPlan.AccountId(0)]));
        InBulk("world", 1, [_ledger.World], WriteWorld);
        InBulk("account_names", plan.Accounts, _ledger.Openings, WriteName);
        InBulk("account_requests", plan.Accounts, OpeningsByRequest(), WriteRequest);
        database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private void InBulk<TRow>(string stage, long total, IEnumerable<TRow> rows, Action<TRow> write)
    {
        var done = 0L;
        database.Execute("BEGIN IMMEDIATE");
        foreach (var row in rows)
        {
            write(row);
            if (++done % RowsPerReport != 0)
                continue;
            cancellationToken.ThrowIfCancellationRequested();
            progress.Report(new LoadProgress(stage, done, total));
            if (done % RowsPerTransaction == 0)
            {
                database.Execute("COMMIT");
                database.Execute("BEGIN IMMEDIATE");
            }
        }

        database.Execute("COMMIT");
        progress.Report(new LoadProgress(stage, done, total));
    }

    private void Write(PlannedTransfer planned)
    {
        WriteTransfer(planned.Transfer);
        Append(planned.Payer);
        Append(planned.Payee);

        void Append(Entry entry)
        {
            var index = entry.AccountId - LoadPlan.AccountId(0);
            if (entry.AccountId == world.Id)
                _worldHeadEntry = WriteEntry(entry, _worldHeadEntry);
            else
                _headEntries[index] = WriteEntry(entry, entry.Seq == 1 ? null : _headEntries[index]);
        }
    }

    private void WriteTransfer(Transfer transfer)
    {
        using var insert = database.Use($"INSERT INTO transfers ({SqliteRows.TransferColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.Bind(transfer.Id);
        insert.Bind(transfer.Fingerprint);
        insert.Bind((long)transfer.Kind);
        insert.Bind((long)transfer.Outcome);
        insert.Bind(transfer.RequestedBy);
        insert.Bind(transfer.PayerId);
        insert.Bind(transfer.PayeeId);
        insert.Bind(transfer.Amount);
        insert.Bind(transfer.Currency);
        insert.Bind(transfer.Message);
        insert.Bind(transfer.CreatedAt);
        insert.Bind(transfer.PayerSeq);
        insert.Bind(transfer.PayeeSeq);
        insert.Bind(transfer.PayerBalanceAfter);
        insert.Run();
    }

    /// <returns>The row id of the new entry.</returns>
    private long WriteEntry(Entry entry, long? previous)
    {
        using (var insert = database.Use($"INSERT INTO entries ({SqliteRows.EntryColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"))
        {
            insert.Bind(entry.AccountId);
            insert.Bind(entry.Seq);
            insert.Bind(entry.TransferId);
            insert.Bind((long)entry.Kind);
            insert.Bind(entry.Amount);
            insert.Bind(entry.BalanceAfter);
            insert.Bind(entry.CounterpartyId);
            insert.Bind(entry.CreatedAt);
            insert.Bind(entry.Hash);
            insert.Bind(entry.Message);
            insert.Bind(previous);
            insert.Run();
        }

        var id = database.LastInsertRowId;
        if (entry.Seq % EntriesPerMark == 0)
        {
            using var mark = database.Use("INSERT INTO entry_marks (account_id, seq, entry_id, created_at) VALUES (?, ?, ?, ?)");
            mark.Bind(entry.AccountId);
            mark.Bind(entry.Seq);
            mark.Bind(id);
            mark.Bind(entry.CreatedAt);
            mark.Run();
        }

        return id;
    }

    private void WriteAccount(Account account, long headEntry)
    {
        using var insert = database.Use($"INSERT INTO accounts ({SqliteRows.AccountColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.Bind(account.Id);
        insert.Bind(account.UserId);
        insert.Bind(account.Name);
        insert.Bind(account.Currency);
        insert.Bind((long)account.Kind);
        insert.Bind((long)account.Status);
        insert.Bind(account.Balance);
        insert.Bind(account.Held);
        insert.Bind(account.Version);
        insert.Bind(account.EntryCount);
        insert.Bind(account.Head);
        insert.Bind(account.CreatedAt);
        insert.Bind(account.ChangedAt);
        insert.Bind(headEntry);
        insert.Run();
    }

    /// <summary>The world's row is there already; it gets what the deposits made of it.</summary>
    private void WriteWorld(Account after)
    {
        using var update = database.Use("UPDATE accounts SET balance = ?, version = ?, entry_count = ?, head_hash = ?, head_entry = ?, changed_at = ? WHERE id = ?");
        update.Bind(after.Balance);
        update.Bind(after.Version);
        update.Bind(after.EntryCount);
        update.Bind(after.Head);
        update.Bind(_worldHeadEntry);
        update.Bind(after.ChangedAt);
        update.Bind(after.Id);
        update.Run();
    }

    private void WriteName((OpenAccountCommand Request, long AccountId) opening)
    {
        using var insert = database.Use("INSERT INTO account_names (user_id, currency, name, account_id) VALUES (?, ?, ?, ?)");
        insert.Bind(opening.Request.UserId);
        insert.Bind(opening.Request.Currency);
        insert.Bind(opening.Request.Name);
        insert.Bind(opening.AccountId);
        insert.Run();
    }

    private void WriteRequest((Guid Id, long AccountId) opening)
    {
        using var insert = database.Use("INSERT INTO account_requests (id, fingerprint, account_id) VALUES (?, ?, ?)");
        insert.Bind(opening.Id);
        insert.Bind(opening.Id);
        insert.Bind(opening.AccountId);
        insert.Run();
    }

    /// <summary>In the order of the table's key, so that each page of it is written once.</summary>
    private IEnumerable<(Guid Id, long AccountId)> OpeningsByRequest()
    {
        var ids = new Guid[plan.Accounts];
        var accountIds = new long[plan.Accounts];
        foreach (var (request, accountId) in _ledger.Openings)
        {
            var index = accountId - LoadPlan.AccountId(0);
            ids[index] = request.RequestId;
            accountIds[index] = accountId;
        }

        Array.Sort(ids, accountIds);
        return ids.Zip(accountIds);
    }

    private static bool Any(SqliteDatabase database, string sql)
    {
        using var rows = database.Use(sql);
        return rows.Step();
    }
}
