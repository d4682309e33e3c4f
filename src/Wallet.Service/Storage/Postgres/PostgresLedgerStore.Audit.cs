using System.Data;
using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Wallet.Ledger;
using static Wallet.Service.Storage.Postgres.PostgresParameter;

namespace Wallet.Service.Storage.Postgres;

/// <content>What an audit reads, and what it keeps. No statement joins tables that Citus keeps in different places.</content>
internal sealed partial class PostgresLedgerStore : IAuditStore
{
    private const string SelectEntriesInRanges =
        $"""
        SELECT {PostgresRows.EntryColumns}
        FROM (SELECT unnest($1) AS range_account_id, unnest($2) AS after_seq, unnest($3) AS last_seq) AS ranges
        JOIN entries ON account_id = range_account_id AND seq > after_seq AND seq <= last_seq
        ORDER BY account_id, seq
        """;

    private const string SumCurrencies = "SELECT currency, count(*), sum(balance), sum(entry_count) FROM accounts GROUP BY currency ORDER BY currency";

    private const string SumCurrenciesOfFew =
        """
        SELECT currency, count(*), sum(balance), sum(entry_count)
        FROM (SELECT currency, balance, entry_count FROM accounts ORDER BY id LIMIT $1) AS few GROUP BY currency ORDER BY currency
        """;

    private const string ProgressColumns =
        "version, turn, turn_began_at, turn_ended_at, phase, account_id, chain_seq, chain_head, chain_balance, chain_time, transfer_id, accounts, entries, transfers";

    public Task<IReadOnlyList<AccountExtent>> FindAccountsAfterAsync(long id, int max, CancellationToken cancellationToken) =>
        GuardAsync<IReadOnlyList<AccountExtent>>(async () =>
        {
            await using var command = _dataSource.CreateCommand("SELECT id, entry_count FROM accounts WHERE id > $1 ORDER BY id LIMIT $2");
            command.Parameters.Add(Of(id));
            command.Parameters.Add(Of((long)max));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var found = new List<AccountExtent>();
            while (await reader.ReadAsync(cancellationToken))
                found.Add(new AccountExtent(reader.GetInt64(0), reader.GetInt64(1)));
            return found;
        });

    public Task<IReadOnlyList<Guid>> FindTransfersAfterAsync(Guid id, int max, CancellationToken cancellationToken) =>
        GuardAsync<IReadOnlyList<Guid>>(async () =>
        {
            await using var command = _dataSource.CreateCommand("SELECT id FROM transfers WHERE id > $1 ORDER BY id LIMIT $2");
            command.Parameters.Add(Of(id));
            command.Parameters.Add(Of((long)max));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var found = new List<Guid>();
            while (await reader.ReadAsync(cancellationToken))
                found.Add(reader.GetGuid(0));
            return found;
        });

    public Task<IReadOnlyList<AccountLook>> LookAtAccountsAsync(IReadOnlyList<AuditRange> ranges, CancellationToken cancellationToken) =>
        LookAsync<IReadOnlyList<AccountLook>>(async connection =>
        {
            var ids = ranges.Select(static range => range.AccountId).ToArray();
            await using var select = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    new NpgsqlBatchCommand($"SELECT {PostgresRows.AccountColumns} FROM accounts WHERE id = ANY($1)") { Parameters = { Of(ids) } },
                    new NpgsqlBatchCommand(SelectEntriesInRanges)
                    {
                        Parameters =
                        {
                            Of(ids), Of(ranges.Select(static range => range.AfterSeq).ToArray()), Of(ranges.Select(static range => range.LastSeq).ToArray()),
                        },
                    },
                },
            };
            List<Account> accounts;
            ILookup<long, Entry> entries;
            await using (var reader = await select.ExecuteReaderAsync(cancellationToken))
            {
                accounts = await reader.ReadAccountsAsync(cancellationToken);
                await reader.NextResultAsync(cancellationToken);
                entries = (await ReadEntriesAsync(reader, cancellationToken)).ToLookup(static entry => entry.AccountId);
            }

            Guid[] transferIds = [.. entries.SelectMany(static account => account.Select(static entry => entry.TransferId)).Distinct()];
            var transfers = (await SelectTransfersAsync(connection, transferIds, cancellationToken)).ToDictionary(static transfer => transfer.Id);
            return [.. accounts.Select(account => new AccountLook(account, [.. entries[account.Id]], transfers))];
        }, cancellationToken);

    public Task<IReadOnlyList<TransferLook>> LookAtTransfersAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        LookAsync<IReadOnlyList<TransferLook>>(async connection =>
        {
            var transfers = await SelectTransfersAsync(connection, [.. ids], cancellationToken);
            var places = transfers.SelectMany(static transfer => new[] { (transfer.PayerId, transfer.PayerSeq), (transfer.PayeeId, transfer.PayeeSeq) })
                .Where(static place => place is { Item1: not null, Item2: not null })
                .Select(static place => (AccountId: place.Item1!.Value, Seq: place.Item2!.Value)).Distinct().ToArray();
            var accountIds = places.Select(static place => place.AccountId).ToArray();
            await using var select = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    new NpgsqlBatchCommand("SELECT id FROM accounts WHERE id = ANY($1)") { Parameters = { Of(accountIds) } },
                    new NpgsqlBatchCommand(SelectEntriesInRanges)
                    {
                        Parameters =
                        {
                            Of(accountIds), Of(places.Select(static place => place.Seq - 1).ToArray()), Of(places.Select(static place => place.Seq).ToArray()),
                        },
                    },
                },
            };
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            var accounts = new HashSet<long>();
            while (await reader.ReadAsync(cancellationToken))
                accounts.Add(reader.GetInt64(0));
            await reader.NextResultAsync(cancellationToken);
            // An entry whose account is gone is on nobody's chain: it is as good as none.
            var entries = (await ReadEntriesAsync(reader, cancellationToken)).Where(entry => accounts.Contains(entry.AccountId))
                .ToDictionary(static entry => (entry.AccountId, entry.Seq));
            return [.. transfers.Select(transfer => new TransferLook(transfer, At(transfer.PayerId, transfer.PayerSeq), At(transfer.PayeeId, transfer.PayeeSeq)))];

            Entry? At(long? accountId, long? seq) => entries.GetValueOrDefault((accountId.GetValueOrDefault(), seq.GetValueOrDefault()));
        }, cancellationToken);

    public Task<LedgerTotals?> SumAccountsAsync(int accountsMax, CancellationToken cancellationToken) =>
        LookAsync<LedgerTotals?>(async connection =>
        {
            await using var select = new NpgsqlCommand(SumCurrenciesOfFew, connection);
            select.Parameters.Add(Of(accountsMax + 1L));
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            var totals = new LedgerTotals(await ReadTotalsAsync(reader, cancellationToken), null, null);
            return totals.Accounts <= accountsMax ? totals : null;
        }, cancellationToken);

    public Task<LedgerTotals> CountAllAsync(CancellationToken cancellationToken) =>
        LookAsync(async connection =>
        {
            // Here whole tables are read, and not in the order of their keys.
            await using var select = new NpgsqlBatch(connection)
            {
                Timeout = 0,
                BatchCommands =
                {
                    new NpgsqlBatchCommand("SET LOCAL enable_seqscan = on"),
                    new NpgsqlBatchCommand(SumCurrencies),
                    new NpgsqlBatchCommand("SELECT count(*) FROM entries"),
                    new NpgsqlBatchCommand("SELECT count(*) FROM transfers WHERE outcome = 0"),
                },
            };
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            var currencies = await ReadTotalsAsync(reader, cancellationToken);
            var counts = new List<long>();
            while (await reader.NextResultAsync(cancellationToken))
            {
                await reader.ReadAsync(cancellationToken);
                counts.Add(reader.GetInt64(0));
            }

            return new LedgerTotals(currencies, counts[0], counts[1]);
        }, cancellationToken);

    public Task<AuditProgress> ReadAuditProgressAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var select = _dataSource.CreateCommand($"SELECT {ProgressColumns} FROM audit_progress");
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return ReadProgress(reader);
    });

    public Task<AuditProgress?> TakeAuditAsync(Guid holder, DateTime now, DateTime until, CancellationToken cancellationToken) =>
        WriteAuditAsync(async connection =>
        {
            await using var update = new NpgsqlCommand(
                "UPDATE audit_progress SET holder = $1, held_until = $2, version = version + 1 " +
                $"WHERE holder IS NULL OR held_until <= $3 OR held_until > $4 OR holder = $1 RETURNING {ProgressColumns}",
                connection);
            update.Parameters.Add(Of(holder));
            update.Parameters.Add(Of(until));
            update.Parameters.Add(Of(now));
            update.Parameters.Add(Of(until.AddDays(1)));
            await using var reader = await update.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? ReadProgress(reader) : null;
        }, cancellationToken);

    public Task<AuditProgress?> SaveAuditProgressAsync(AuditProgress progress, DateTime until, CancellationToken cancellationToken) =>
        WriteAuditAsync(async connection =>
        {
            await using var update = new NpgsqlCommand(
                """
                UPDATE audit_progress
                SET held_until = $2, version = version + 1, turn = $3, turn_began_at = $4, turn_ended_at = $5, phase = $6, account_id = $7,
                    chain_seq = $8, chain_head = $9, chain_balance = $10, chain_time = $11, transfer_id = $12, accounts = $13, entries = $14, transfers = $15
                WHERE version = $1 RETURNING version
                """,
                connection);
            var (position, chain) = (progress.Position, progress.Position.Chain);
            update.Parameters.Add(Of(progress.Version));
            update.Parameters.Add(Of(until));
            update.Parameters.Add(Of(progress.Turn));
            update.Parameters.Add(Nullable(progress.TurnBeganAt, NpgsqlDbType.TimestampTz));
            update.Parameters.Add(Nullable(progress.TurnEndedAt, NpgsqlDbType.TimestampTz));
            update.Parameters.Add(Of((short)position.Phase));
            update.Parameters.Add(Of(position.AccountId));
            update.Parameters.Add(Nullable(chain?.Seq, NpgsqlDbType.Bigint));
            update.Parameters.Add(Nullable(chain?.Head.ToArray(), NpgsqlDbType.Bytea));
            update.Parameters.Add(Nullable(chain?.Balance, NpgsqlDbType.Bigint));
            update.Parameters.Add(Nullable(chain?.Time, NpgsqlDbType.TimestampTz));
            update.Parameters.Add(Of(position.TransferId));
            update.Parameters.Add(Of(progress.Accounts));
            update.Parameters.Add(Of(progress.Entries));
            update.Parameters.Add(Of(progress.Transfers));
            return await update.ExecuteScalarAsync(cancellationToken) is long version ? progress with { Version = version } : null;
        }, cancellationToken);

    public Task<IReadOnlyList<LedgerFinding>> KeepFindingsAsync(
        IReadOnlyCollection<LedgerFinding> findings, long turn, DateTime now, CancellationToken cancellationToken) =>
        WriteAuditAsync<IReadOnlyList<LedgerFinding>>(async connection =>
        {
            var isNew = new List<LedgerFinding>();
            foreach (var finding in findings)
            {
                await using var insert = new NpgsqlCommand(
                    """
                    INSERT INTO audit_findings (kind, account_id, transfer_id, currency, seq, found_at, turn) VALUES ($1, $2, $3, $4, $5, $6, $7)
                    ON CONFLICT (kind, account_id, transfer_id, currency) DO UPDATE SET turn = greatest(audit_findings.turn, excluded.turn)
                    RETURNING found_at = $6
                    """,
                    connection);
                insert.Parameters.Add(Of((short)finding.Kind));
                insert.Parameters.Add(Of(finding.AccountId.GetValueOrDefault()));
                insert.Parameters.Add(Of(finding.TransferId.GetValueOrDefault()));
                insert.Parameters.Add(Of(finding.Currency ?? ""));
                insert.Parameters.Add(Nullable(finding.Seq, NpgsqlDbType.Bigint));
                insert.Parameters.Add(Of(now));
                insert.Parameters.Add(Of(turn));
                if (await insert.ExecuteScalarAsync(cancellationToken) is true)
                    isNew.Add(finding);
            }

            await using var prune = new NpgsqlCommand(
                """
                DELETE FROM audit_findings WHERE (kind, account_id, transfer_id, currency) IN
                    (SELECT kind, account_id, transfer_id, currency FROM audit_findings ORDER BY kind >= $1, found_at DESC, kind, account_id, seq OFFSET $2)
                """,
                connection);
            prune.Parameters.Add(Of((short)FindingKind.InTheFuture));
            prune.Parameters.Add(Of((long)AuditFinding.KeptMax));
            await prune.ExecuteNonQueryAsync(cancellationToken);
            return isNew;
        }, cancellationToken);

    public Task ForgetFindingsAsync(long beforeTurn, CancellationToken cancellationToken) =>
        WriteAuditAsync<object?>(async connection =>
        {
            await using var delete = new NpgsqlCommand("DELETE FROM audit_findings WHERE turn < $1", connection);
            delete.Parameters.Add(Of(beforeTurn));
            await delete.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }, cancellationToken);

    public Task<IReadOnlyList<AuditFinding>> ListFindingsAsync(CancellationToken cancellationToken) => GuardAsync<IReadOnlyList<AuditFinding>>(async () =>
    {
        await using var select = _dataSource.CreateCommand(
            "SELECT kind, account_id, seq, transfer_id, currency, found_at FROM audit_findings ORDER BY found_at DESC, kind, account_id, seq");
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        var findings = new List<AuditFinding>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var (accountId, transferId, currency) = (reader.GetInt64(1), reader.GetGuid(3), reader.GetString(4));
            findings.Add(new AuditFinding(
                new LedgerFinding(
                    (FindingKind)reader.GetInt16(0),
                    accountId == 0 ? null : accountId,
                    reader.IsDBNull(2) ? null : reader.GetInt64(2),
                    transferId == Guid.Empty ? null : transferId,
                    currency.Length == 0 ? null : currency),
                reader.GetDateTime(5)));
        }

        return findings;
    });

    /// <summary>Reads within one snapshot, in which nothing can be written.</summary>
    private Task<T> LookAsync<T>(Func<NpgsqlConnection, Task<T>> look, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using (var readOnly = new NpgsqlCommand("SET TRANSACTION READ ONLY", connection))
            await readOnly.ExecuteNonQueryAsync(cancellationToken);
        var result = await look(connection);
        await transaction.CommitAsync(cancellationToken);
        return result;
    });

    /// <summary>Writes what the audit keeps. It waits neither for the disk nor for a standby: what is lost is found again.</summary>
    private Task<T> WriteAuditAsync<T>(Func<NpgsqlConnection, Task<T>> write, CancellationToken cancellationToken) =>
        InTransactionAsync(async transaction =>
        {
            await using (var noWait = new NpgsqlCommand("SET LOCAL synchronous_commit = off", transaction.Connection))
                await noWait.ExecuteNonQueryAsync(cancellationToken);
            return await write(transaction.Connection);
        }, cancellationToken);

    private static async Task<List<Transfer>> SelectTransfersAsync(NpgsqlConnection connection, Guid[] ids, CancellationToken cancellationToken)
    {
        await using var select = new NpgsqlCommand($"SELECT {PostgresRows.TransferColumns} FROM transfers WHERE id = ANY($1)", connection);
        select.Parameters.Add(Of(ids));
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadTransfersAsync(cancellationToken);
    }

    private static async Task<List<Entry>> ReadEntriesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var entries = new List<Entry>();
        while (await reader.ReadAsync(cancellationToken))
            entries.Add(reader.ReadEntry());
        return entries;
    }

    private static async Task<List<CurrencyTotals>> ReadTotalsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var totals = new List<CurrencyTotals>();
        while (await reader.ReadAsync(cancellationToken))
        {
            totals.Add(new CurrencyTotals(
                reader.GetString(0), reader.GetInt64(1), (Int128)reader.GetFieldValue<BigInteger>(2), (Int128)reader.GetFieldValue<BigInteger>(3)));
        }

        return totals;
    }

    private static AuditProgress ReadProgress(NpgsqlDataReader reader) => new()
    {
        Version = reader.GetInt64(0),
        Turn = reader.GetInt64(1),
        TurnBeganAt = reader.IsDBNull(2) ? null : reader.GetDateTime(2),
        TurnEndedAt = reader.IsDBNull(3) ? null : reader.GetDateTime(3),
        Position = new AuditPosition
        {
            Phase = (AuditPhase)reader.GetInt16(4),
            AccountId = reader.GetInt64(5),
            Chain = reader.IsDBNull(6)
                ? null
                : new ChainPosition(reader.GetInt64(6), new Hash256(reader.GetFieldValue<byte[]>(7)), reader.GetInt64(8), reader.GetDateTime(9)),
            TransferId = reader.GetGuid(10),
        },
        Accounts = reader.GetInt64(11),
        Entries = reader.GetInt64(12),
        Transfers = reader.GetInt64(13),
    };

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
