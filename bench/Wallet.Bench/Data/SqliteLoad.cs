using Wallet.Ledger;
using Wallet.Service.Storage.Sqlite;

namespace Wallet.Bench.Data;

/// <summary>Fills the tables one after the other, in large transactions.</summary>
internal sealed class SqliteLoad(SqliteDatabase database, LoadPlan plan, Account world, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
{
    private const int RowsPerTransaction = 500_000;
    private const int RowsPerReport = 10_000;

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
        InBulk("accounts", plan.Accounts, _ledger.Accounts, account => database.Insert(account, _headEntries[account.Id - LoadPlan.AccountId(0)]));
        InBulk("world", 1, [_ledger.World], account => database.Update(account, _worldHeadEntry)); // its row is there already
        InBulk("account_names", plan.Accounts, _ledger.Openings, opening => database.InsertName(opening.Request.UserId, opening.Request.Currency, opening.Request.Name, opening.AccountId));
        InBulk("account_requests", plan.Accounts, OpeningsByRequest(), opening => database.InsertRequest(opening.Id, opening.Id, opening.AccountId));
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
        database.Insert(planned.Transfer);
        Append(planned.Payer);
        Append(planned.Payee);

        void Append(Entry entry)
        {
            var index = entry.AccountId - LoadPlan.AccountId(0);
            if (entry.AccountId == world.Id)
                _worldHeadEntry = database.Insert(entry, _worldHeadEntry);
            else
                _headEntries[index] = database.Insert(entry, entry.Seq == 1 ? null : _headEntries[index]);
        }
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
