using Wallet.Ledger;

namespace Wallet.Service.Storage.Sqlite;

/// <content>What an audit reads, and what it keeps.</content>
internal sealed partial class SqliteLedgerStore : IAuditStore
{
    private const string ProgressColumns =
        "version, turn, turn_began_at, turn_ended_at, phase, account_id, chain_seq, chain_head, chain_balance, chain_time, transfer_id, accounts, entries, transfers";

    public Task<IReadOnlyList<AccountExtent>> FindAccountsAfterAsync(long id, int max, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<AccountExtent>>(database =>
        {
            var found = new List<AccountExtent>();
            using var rows = database.Use("SELECT id, entry_count FROM accounts WHERE id > ? ORDER BY id LIMIT ?");
            rows.Bind(id);
            rows.Bind((long)max);
            while (rows.Step())
                found.Add(new AccountExtent(rows.Long(0), rows.Long(1)));
            return found;
        }, cancellationToken);

    public Task<IReadOnlyList<Guid>> FindTransfersAfterAsync(Guid id, int max, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<Guid>>(database =>
        {
            var found = new List<Guid>();
            using var rows = database.Use("SELECT id FROM transfers WHERE id > ? ORDER BY id LIMIT ?");
            rows.Bind(id);
            rows.Bind((long)max);
            while (rows.Step())
                found.Add(rows.Guid(0));
            return found;
        }, cancellationToken);

    public Task<IReadOnlyList<AccountLook>> LookAtAccountsAsync(IReadOnlyList<AuditRange> ranges, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<AccountLook>>(
            database => [.. ranges.Select(range => LookAt(database, range)).OfType<AccountLook>()], cancellationToken);

    public Task<IReadOnlyList<TransferLook>> LookAtTransfersAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<TransferLook>>(
            database =>
            [
                .. ids.Select(id => Find(database, id)).OfType<Transfer>().Select(transfer => new TransferLook(
                    transfer, FindEntry(database, transfer.PayerId, transfer.PayerSeq), FindEntry(database, transfer.PayeeId, transfer.PayeeSeq))),
            ],
            cancellationToken);

    public Task<LedgerTotals?> SumAccountsAsync(int accountsMax, CancellationToken cancellationToken) =>
        Read<LedgerTotals?>(database =>
        {
            var currencies = SumCurrencies(database, accountsMax + 1L);
            return currencies.Sum(static currency => currency.Accounts) <= accountsMax ? new LedgerTotals(currencies, null, null) : null;
        }, cancellationToken);

    public Task<LedgerTotals> CountAllAsync(CancellationToken cancellationToken) =>
        Read(
            database => new LedgerTotals(
                SumCurrencies(database, accountsMax: -1),
                Count(database, "SELECT count(*) FROM entries"),
                Count(database, "SELECT count(*) FROM transfers WHERE outcome = 0")),
            cancellationToken);

    public Task<AuditProgress> ReadAuditProgressAsync(CancellationToken cancellationToken) =>
        Read(database =>
        {
            using var row = database.Use($"SELECT {ProgressColumns} FROM audit_progress");
            row.Step();
            return ReadProgress(row);
        }, cancellationToken);

    public Task<AuditProgress?> TakeAuditAsync(Guid holder, DateTime now, DateTime until, CancellationToken cancellationToken) =>
        Write(database =>
        {
            using var update = database.Use(
                "UPDATE audit_progress SET holder = ?, held_until = ?, version = version + 1 " +
                $"WHERE holder IS NULL OR held_until <= ? OR held_until > ? OR holder = ? RETURNING {ProgressColumns}");
            update.Bind(holder);
            update.Bind(until);
            update.Bind(now);
            update.Bind(until.AddDays(1));
            update.Bind(holder);
            return update.Step() ? ReadProgress(update) : null;
        }, cancellationToken);

    public Task<AuditProgress?> SaveAuditProgressAsync(AuditProgress progress, DateTime until, CancellationToken cancellationToken) =>
        Write(database =>
        {
            using var update = database.Use(
                """
                UPDATE audit_progress
                SET held_until = ?, version = version + 1, turn = ?, turn_began_at = ?, turn_ended_at = ?, phase = ?, account_id = ?,
                    chain_seq = ?, chain_head = ?, chain_balance = ?, chain_time = ?, transfer_id = ?, accounts = ?, entries = ?, transfers = ?
                WHERE version = ? RETURNING version
                """);
            update.Bind(until);
            update.Bind(progress.Turn);
            update.Bind(MicrosecondsOf(progress.TurnBeganAt));
            update.Bind(MicrosecondsOf(progress.TurnEndedAt));
            update.Bind((long)progress.Position.Phase);
            update.Bind(progress.Position.AccountId);
            update.Bind(progress.Position.Chain?.Seq);
            if (progress.Position.Chain is { } chain)
                update.Bind(chain.Head);
            else
                update.Bind((long?)null);
            update.Bind(progress.Position.Chain?.Balance);
            update.Bind(MicrosecondsOf(progress.Position.Chain?.Time));
            update.Bind(progress.Position.TransferId);
            update.Bind(progress.Accounts);
            update.Bind(progress.Entries);
            update.Bind(progress.Transfers);
            update.Bind(progress.Version);
            return update.Step() ? progress with { Version = update.Long(0) } : null;
        }, cancellationToken);

    public Task<IReadOnlyList<LedgerFinding>> KeepFindingsAsync(
        IReadOnlyCollection<LedgerFinding> findings, long turn, DateTime now, CancellationToken cancellationToken) =>
        Write<IReadOnlyList<LedgerFinding>>(database =>
        {
            var found = findings.Where(finding => Keep(database, finding, turn, now)).ToArray();
            using var prune = database.Use(
                """
                DELETE FROM audit_findings WHERE (kind, account_id, transfer_id, currency) IN
                    (SELECT kind, account_id, transfer_id, currency FROM audit_findings ORDER BY kind >= ?, found_at DESC, kind, account_id, seq LIMIT -1 OFFSET ?)
                """);
            prune.Bind((long)FindingKind.InTheFuture);
            prune.Bind((long)AuditFinding.KeptMax);
            prune.Run();
            return found;
        }, cancellationToken);

    public Task ForgetFindingsAsync(long beforeTurn, CancellationToken cancellationToken) =>
        Write<object?>(database =>
        {
            using var delete = database.Use("DELETE FROM audit_findings WHERE turn < ?");
            delete.Bind(beforeTurn);
            delete.Run();
            return null;
        }, cancellationToken);

    public Task<IReadOnlyList<AuditFinding>> ListFindingsAsync(CancellationToken cancellationToken) =>
        Read<IReadOnlyList<AuditFinding>>(database =>
        {
            var findings = new List<AuditFinding>();
            using var rows = database.Use(
                "SELECT kind, nullif(account_id, 0), seq, nullif(transfer_id, zeroblob(16)), nullif(currency, ''), found_at " +
                "FROM audit_findings ORDER BY found_at DESC, kind, account_id, seq");
            while (rows.Step())
            {
                findings.Add(new AuditFinding(
                    new LedgerFinding(
                        (FindingKind)rows.Long(0), rows.NullableLong(1), rows.NullableLong(2), rows.IsNull(3) ? null : rows.Guid(3), rows.IsNull(4) ? null : rows.Text(4)),
                    rows.Time(5)));
            }

            return findings;
        }, cancellationToken);

    private static AccountLook? LookAt(SqliteDatabase database, AuditRange range)
    {
        Account account;
        long? headEntry;
        using (var row = database.Use(SelectAccount))
        {
            row.Bind(range.AccountId);
            if (!row.Step())
                return null;
            account = row.ReadAccount();
            headEntry = row.NullableLong(SqliteRows.HeadEntry);
        }

        var entries = ReadRange(database, range, account.EntryCount, headEntry);
        var transfers = new Dictionary<Guid, Transfer>();
        foreach (var entry in entries)
        {
            if (!transfers.ContainsKey(entry.TransferId) && Find(database, entry.TransferId) is { } transfer)
                transfers.Add(transfer.Id, transfer);
        }

        return new AccountLook(account, entries, transfers);
    }

    /// <summary>What the walk from the end of the range leads to, oldest first. Where the walk is broken it ends.</summary>
    private static List<Entry> ReadRange(SqliteDatabase database, AuditRange range, long entryCount, long? headEntry)
    {
        var entries = new List<Entry>();
        var entryId = FindMark(database, range.AccountId, range.LastSeq) ?? headEntry;
        for (var walked = 0; entryId is { } id && walked < range.EntriesMax + SqliteWrites.EntriesPerMark; walked++)
        {
            using var row = database.Use(SelectEntry);
            row.Bind(id);
            if (!row.Step())
                break;
            var entry = row.ReadEntry();
            entryId = row.NullableLong(SqliteRows.Previous);
            if (entry.AccountId == range.AccountId && entry.Seq <= range.AfterSeq)
                break;
            if (entry.Seq > range.LastSeq && range.LastSeq <= entryCount)
                continue; // between the mark and the last that was asked for
            entries.Add(entry);
        }

        entries.Reverse();
        return entries;
    }

    private static long? FindMark(SqliteDatabase database, long accountId, long seq)
    {
        using var mark = database.Use("SELECT entry_id FROM entry_marks WHERE account_id = ? AND seq >= ? ORDER BY seq LIMIT 1");
        mark.Bind(accountId);
        mark.Bind(seq);
        return mark.Step() ? mark.Long(0) : null;
    }

    private static Entry? FindEntry(SqliteDatabase database, long? accountId, long? seq)
    {
        if (accountId is not { } id || seq is not { } number)
            return null;
        long entryCount;
        long? headEntry;
        using (var row = database.Use("SELECT entry_count, head_entry FROM accounts WHERE id = ?"))
        {
            row.Bind(id);
            if (!row.Step())
                return null;
            (entryCount, headEntry) = (row.Long(0), row.NullableLong(1));
        }

        return ReadRange(database, new AuditRange(id, number - 1, 1), entryCount, headEntry).Find(entry => entry.AccountId == id && entry.Seq == number);
    }

    /// <summary>Adds the rows up by itself: SQLite's own sum stops at 64 bits.</summary>
    private static List<CurrencyTotals> SumCurrencies(SqliteDatabase database, long accountsMax)
    {
        var totals = new Dictionary<string, CurrencyTotals>();
        using var rows = database.Use("SELECT currency, balance, entry_count FROM accounts ORDER BY id LIMIT ?");
        rows.Bind(accountsMax);
        while (rows.Step())
        {
            var currency = rows.Text(0);
            var sum = totals.GetValueOrDefault(currency) ?? new CurrencyTotals(currency, 0, 0, 0);
            totals[currency] = new CurrencyTotals(currency, sum.Accounts + 1, sum.Balance + rows.Long(1), sum.EntryCount + rows.Long(2));
        }

        return [.. totals.Values.OrderBy(static sum => sum.Currency, StringComparer.Ordinal)];
    }

    private static long Count(SqliteDatabase database, string sql)
    {
        using var row = database.Use(sql);
        row.Step();
        return row.Long(0);
    }

    /// <returns>Whether the finding was not known.</returns>
    private static bool Keep(SqliteDatabase database, LedgerFinding finding, long turn, DateTime now)
    {
        using var insert = database.Use(
            """
            INSERT INTO audit_findings (kind, account_id, transfer_id, currency, seq, found_at, turn) VALUES (?, ?, ?, ?, ?, ?6, ?)
            ON CONFLICT DO UPDATE SET turn = max(turn, excluded.turn) RETURNING found_at = ?6
            """);
        insert.Bind((long)finding.Kind);
        insert.Bind(finding.AccountId.GetValueOrDefault());
        insert.Bind(finding.TransferId.GetValueOrDefault());
        insert.Bind(finding.Currency ?? "");
        insert.Bind(finding.Seq);
        insert.Bind(now);
        insert.Bind(turn);
        insert.Step();
        return insert.Long(0) != 0;
    }

    private static AuditProgress ReadProgress(SqliteStatement row) => new()
    {
        Version = row.Long(0),
        Turn = row.Long(1),
        TurnBeganAt = row.IsNull(2) ? null : row.Time(2),
        TurnEndedAt = row.IsNull(3) ? null : row.Time(3),
        Position = new AuditPosition
        {
            Phase = (AuditPhase)row.Long(4),
            AccountId = row.Long(5),
            Chain = row.IsNull(6) ? null : new ChainPosition(row.Long(6), row.Hash(7), row.Long(8), row.Time(9)),
            TransferId = row.Guid(10),
        },
        Accounts = row.Long(11),
        Entries = row.Long(12),
        Transfers = row.Long(13),
    };

    private static long? MicrosecondsOf(DateTime? time) => time is { } known ? LedgerTime.ToMicroseconds(known) : null;
}
