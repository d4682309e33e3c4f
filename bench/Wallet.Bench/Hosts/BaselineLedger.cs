using Npgsql;
using Wallet.Ledger;
using Wallet.Service.Accounts;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;
using static Wallet.Service.Storage.Postgres.PostgresParameter;

namespace Wallet.Bench.Hosts;

/// <summary>An order to the baseline: the users are those of the request.</summary>
internal sealed record BaselineTransfer
{
    public required Guid Id { get; init; }

    public required bool IsKeyed { get; init; }

    public required Guid Fingerprint { get; init; }

    public required string PayerUserId { get; init; }

    public required string PayeeUserId { get; init; }

    public required long Amount { get; init; }

    public required string Currency { get; init; }

    public string? Message { get; init; }
}

/// <summary>
/// The same ledger in the same tables, by the same rules, with one transaction for each transfer: rows locked in the order of their ids,
/// writes sent together, statements prepared. Four round trips a transfer, and a wait for the disk.
/// </summary>
internal sealed class BaselineLedger(string connectionString, CurrencyTable currencies) : IAsyncDisposable
{
    // As many connections as the service has.
    private const string Settings = "Maximum Pool Size=32;Max Auto Prepare=64;Auto Prepare Min Usages=2;Application Name=baseline;";

    private const string SelectOldest = "SELECT user_id, min(account_id) FROM account_names WHERE user_id IN ($1, $2) AND currency = $3 GROUP BY user_id";

    private const string LockAccounts = $"SELECT {PostgresRows.AccountColumns} FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE";

    private const string SelectTransfer = $"SELECT {PostgresRows.TransferColumns} FROM transfers WHERE id = $1";

    private const string InsertTransfer =
        $"""
        INSERT INTO transfers ({PostgresRows.TransferColumns})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT DO NOTHING
        """;

    private const string UpdateAccount =
        "UPDATE accounts SET balance = $2, version = $3, entry_count = $4, head_hash = $5, changed_at = $6 WHERE id = $1";

    private const string InsertEntry = $"INSERT INTO entries ({PostgresRows.EntryColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    private const string SelectAccount =
        """
        SELECT a.id, a.user_id, a.name, a.currency, a.kind, a.status, a.balance, a.held, a.version, a.entry_count, a.head_hash, a.created_at, a.changed_at
        FROM account_names n JOIN accounts a ON a.id = n.account_id
        WHERE n.user_id = $1 ORDER BY a.id LIMIT 1
        """;

    private const string SelectPage =
        """
        SELECT e.account_id, e.seq, e.transfer_id, e.kind, e.amount, e.balance_after, e.counterparty_id, e.created_at, e.hash, e.message, c.user_id
        FROM entries e JOIN accounts c ON c.id = e.counterparty_id
        WHERE e.account_id = (SELECT min(account_id) FROM account_names WHERE user_id = $1)
        ORDER BY e.seq DESC LIMIT $2
        """;

    private readonly NpgsqlDataSource _dataSource = NpgsqlDataSource.Create(Settings + connectionString);
    private readonly BatchPlanner _planner = new(currencies);

    /// <summary>Decides and writes one transfer; it is durable when this returns.</summary>
    public async Task<(Decision Decision, AccountRef? Payer, AccountRef? Payee)> TransferAsync(
        BaselineTransfer transfer, DateTime now, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
            var (payer, payee) = await ResolveAsync(connection, transfer, cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var snapshot = await LockAsync(connection, transfer.Id, payer?.Id, payee?.Id, cancellationToken);
            var plan = _planner.Plan(snapshot, [CommandOf(transfer, payer?.Id, payee?.Id)], now);
            if (plan.IsEmpty)
                return (plan.Decisions[0], payer, payee);
            if (!await WriteAsync(connection, plan, cancellationToken))
                continue; // the same key came at the same time: look what became of it
            await transaction.CommitAsync(CancellationToken.None);
            return (plan.Decisions[0], payer, payee);
        }
    }

    /// <summary>The user's oldest account; null where there is none.</summary>
    public async Task<Account?> FindAccountAsync(string userId, CancellationToken cancellationToken)
    {
        await using var command = _dataSource.CreateCommand(SelectAccount);
        command.Parameters.Add(Of(userId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return (await reader.ReadAccountsAsync(cancellationToken)).SingleOrDefault();
    }

    /// <summary>The newest entries of the user's oldest account.</summary>
    public async Task<(EntryPage Page, IReadOnlyDictionary<long, string> Owners)> ReadPageAsync(string userId, int limit, CancellationToken cancellationToken)
    {
        await using var command = _dataSource.CreateCommand(SelectPage);
        command.Parameters.Add(Of(userId));
        command.Parameters.Add(Of(limit + 1L));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var entries = new List<Entry>(limit + 1);
        var owners = new Dictionary<long, string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var entry = reader.ReadEntry();
            entries.Add(entry);
            owners[entry.CounterpartyId] = reader.GetString(10);
        }

        if (entries.Count <= limit)
            return (new EntryPage(entries, NextBeforeSeq: null), owners);
        entries.RemoveAt(limit);
        return (new EntryPage(entries, entries[^1].Seq), owners);
    }

    public ValueTask DisposeAsync() => _dataSource.DisposeAsync();

    private static async Task<(AccountRef? Payer, AccountRef? Payee)> ResolveAsync(
        NpgsqlConnection connection, BaselineTransfer transfer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectOldest, connection)
        {
            Parameters = { Of(transfer.PayerUserId), Of(transfer.PayeeUserId), Of(transfer.Currency) },
        };
        AccountRef? payer = null, payee = null;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var account = new AccountRef(reader.GetInt64(1), reader.GetString(0), transfer.Currency);
            if (account.UserId == transfer.PayerUserId)
                payer = account;
            if (account.UserId == transfer.PayeeUserId)
                payee = account;
        }

        return (payer, payee);
    }

    private static async Task<LedgerSnapshot> LockAsync(
        NpgsqlConnection connection, Guid id, long? payerId, long? payeeId, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(LockAccounts) { Parameters = { Of(payerId ?? 0), Of(payeeId ?? 0) } },
                new NpgsqlBatchCommand(SelectTransfer) { Parameters = { Of(id) } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var accounts = await reader.ReadAccountsAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return new LedgerSnapshot(accounts, await reader.ReadTransfersAsync(cancellationToken));
    }

    /// <returns>Whether the transfer's id was free.</returns>
    private static async Task<bool> WriteAsync(NpgsqlConnection connection, BatchPlan plan, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        var insert = InsertCommand(plan.Transfers[0]);
        batch.BatchCommands.Add(insert);
        foreach (var (_, account) in plan.Changes)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(UpdateAccount)
            {
                Parameters =
                {
                    Of(account.Id), Of(account.Balance), Of(account.Version), Of(account.EntryCount), Of(account.Head.ToArray()), Of(account.ChangedAt),
                },
            });
        }

        foreach (var entry in plan.Entries)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(InsertEntry)
            {
                Parameters =
                {
                    Of(entry.AccountId), Of(entry.Seq), Of(entry.TransferId), Of((short)entry.Kind), Of(entry.Amount), Of(entry.BalanceAfter),
                    Of(entry.CounterpartyId), Of(entry.CreatedAt), Of(entry.Hash.ToArray()), OrNull(entry.Message),
                },
            });
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        return insert.RecordsAffected == 1;
    }

    private static NpgsqlBatchCommand InsertCommand(Transfer transfer) => new(InsertTransfer)
    {
        Parameters =
        {
            Of(transfer.Id), Of(transfer.Fingerprint), Of((short)transfer.Kind), Of((short)transfer.Outcome), Of(transfer.RequestedBy),
            OrNull(transfer.PayerId), OrNull(transfer.PayeeId), Of(transfer.Amount), Of(transfer.Currency),
            OrNull(transfer.Message),
            Of(transfer.CreatedAt), OrNull(transfer.PayerSeq), OrNull(transfer.PayeeSeq), OrNull(transfer.PayerBalanceAfter),
        },
    };

    private static TransferCommand CommandOf(BaselineTransfer transfer, long? payerId, long? payeeId) => new()
    {
        Id = transfer.Id,
        IsKeyed = transfer.IsKeyed,
        Fingerprint = transfer.Fingerprint,
        Kind = TransferKind.Transfer,
        RequestedBy = transfer.PayerUserId,
        PayerId = payerId,
        PayeeId = payeeId,
        Amount = transfer.Amount,
        Currency = transfer.Currency,
        Message = transfer.Message,
    };

    private static NpgsqlParameter OrNull(string? value) =>
        value is not null ? Of(value) : new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };

    private static NpgsqlParameter OrNull(long? value) =>
        value is { } number ? Of(number) : new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint };
}
