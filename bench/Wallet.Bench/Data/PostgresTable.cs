using Npgsql;
using NpgsqlTypes;
using Wallet.Ledger;
using Wallet.Service.Storage.Postgres;

namespace Wallet.Bench.Data;

/// <summary>
/// One table on its way from empty to full, in a transaction of its own that nobody sees into before it commits. What is written to a table
/// that was truncated in the same transaction can be frozen at once, so that no vacuum has to write it again, and keys that come after the
/// rows are sorted instead of searched.
/// </summary>
internal sealed class PostgresTable : IAsyncDisposable
{
    // For the sorting of a key.
    private const string WorkMemory = "512MB";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private PostgresTable(string name, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Name = name;
        _connection = connection;
        _transaction = transaction;
    }

    public string Name { get; }

    /// <summary>Begins, and keeps everyone else out.</summary>
    public static async Task<PostgresTable> BeginAsync(NpgsqlDataSource source, string name, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        var table = new PostgresTable(name, connection, await connection.BeginTransactionAsync(cancellationToken));
        try
        {
            await table.ExecuteAsync(
                $"""
                SET LOCAL lock_timeout = '5s';
                SET LOCAL idle_in_transaction_session_timeout = 0;
                SET LOCAL statement_timeout = 0;
                SET LOCAL maintenance_work_mem = '{WorkMemory}';
                LOCK TABLE {name};
                """,
                cancellationToken);
            return table;
        }
        catch
        {
            await table.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether there is a row such as the condition says.</summary>
    public async Task<bool> AnyAsync(string condition, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT EXISTS (SELECT FROM {Name} WHERE {condition})", _connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Fills the table: 1 the keys and triggers out of the way, 2 empty it, but keep aside what it has, 3 copy, 4 put back what it had,
    /// 5 the keys and triggers as they were.
    /// </summary>
    /// <param name="columns">The columns of a row, in the order in which they are written.</param>
    /// <param name="copy">Writes the rows.</param>
    /// <param name="onKeys">The rows are written, now the keys are made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task FillAsync(string columns, Func<NpgsqlBinaryImporter, Task> copy, Action onKeys, CancellationToken cancellationToken)
    {
        var keys = await ReadKeysAsync(cancellationToken);
        await ExecuteAsync(
            $"""
            ALTER TABLE {Name} DISABLE TRIGGER USER {string.Concat(keys.Select(static key => $", DROP CONSTRAINT {key.Name}"))};
            CREATE TEMPORARY TABLE {Name}_kept ON COMMIT DROP AS TABLE {Name};
            TRUNCATE {Name};
            """,
            cancellationToken);

        await using (var importer = await _connection.BeginBinaryImportAsync($"COPY {Name} ({columns}) FROM STDIN (FORMAT BINARY, FREEZE)", cancellationToken))
        {
            importer.Timeout = TimeSpan.Zero;
            await copy(importer);
            await importer.CompleteAsync(cancellationToken);
        }

        onKeys();
        await ExecuteAsync(
            $"""
            INSERT INTO {Name} TABLE {Name}_kept;
            ALTER TABLE {Name} {string.Concat(keys.Select(static key => $"ADD CONSTRAINT {key.Name} {key.Definition}, "))} ENABLE TRIGGER USER;
            """,
            cancellationToken);
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, _connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task CommitAsync() => _transaction.CommitAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task<List<(string Name, string Definition)>> ReadKeysAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('p', 'u', 'f')", _connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name });
        var keys = new List<(string, string)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            keys.Add((reader.GetString(0), reader.GetString(1)));
        return keys;
    }
}

/// <summary>How a record becomes a row of a COPY, in the order of the columns of <see cref="PostgresRows"/>.</summary>
internal static class PostgresCopyRows
{
    public static void WriteAccount(this NpgsqlBinaryImporter row, Account account)
    {
        row.StartRow();
        row.Write(account.Id, NpgsqlDbType.Bigint);
        row.Write(account.UserId, NpgsqlDbType.Text);
        row.Write(account.Name, NpgsqlDbType.Text);
        row.Write(account.Currency, NpgsqlDbType.Text);
        row.Write((short)account.Kind, NpgsqlDbType.Smallint);
        row.Write((short)account.Status, NpgsqlDbType.Smallint);
        row.Write(account.Balance, NpgsqlDbType.Bigint);
        row.Write(account.Held, NpgsqlDbType.Bigint);
        row.Write(account.Version, NpgsqlDbType.Bigint);
        row.Write(account.EntryCount, NpgsqlDbType.Bigint);
        row.Write(account.Head.ToArray(), NpgsqlDbType.Bytea);
        row.Write(account.CreatedAt, NpgsqlDbType.TimestampTz);
        row.Write(account.ChangedAt, NpgsqlDbType.TimestampTz);
    }

    public static void WriteTransfer(this NpgsqlBinaryImporter row, Transfer transfer)
    {
        row.StartRow();
        row.Write(transfer.Id, NpgsqlDbType.Uuid);
        row.Write(transfer.Fingerprint, NpgsqlDbType.Uuid);
        row.Write((short)transfer.Kind, NpgsqlDbType.Smallint);
        row.Write((short)transfer.Outcome, NpgsqlDbType.Smallint);
        row.Write(transfer.RequestedBy, NpgsqlDbType.Text);
        row.Write(transfer.PayerId!.Value, NpgsqlDbType.Bigint);
        row.Write(transfer.PayeeId!.Value, NpgsqlDbType.Bigint);
        row.Write(transfer.Amount, NpgsqlDbType.Bigint);
        row.Write(transfer.Currency, NpgsqlDbType.Text);
        row.WriteOrNull(transfer.Message);
        row.Write(transfer.CreatedAt, NpgsqlDbType.TimestampTz);
        row.Write(transfer.PayerSeq!.Value, NpgsqlDbType.Bigint);
        row.Write(transfer.PayeeSeq!.Value, NpgsqlDbType.Bigint);
        row.Write(transfer.PayerBalanceAfter!.Value, NpgsqlDbType.Bigint);
    }

    public static void WriteEntry(this NpgsqlBinaryImporter row, Entry entry)
    {
        row.StartRow();
        row.Write(entry.AccountId, NpgsqlDbType.Bigint);
        row.Write(entry.Seq, NpgsqlDbType.Bigint);
        row.Write(entry.TransferId, NpgsqlDbType.Uuid);
        row.Write((short)entry.Kind, NpgsqlDbType.Smallint);
        row.Write(entry.Amount, NpgsqlDbType.Bigint);
        row.Write(entry.BalanceAfter, NpgsqlDbType.Bigint);
        row.Write(entry.CounterpartyId, NpgsqlDbType.Bigint);
        row.Write(entry.CreatedAt, NpgsqlDbType.TimestampTz);
        row.Write(entry.Hash.ToArray(), NpgsqlDbType.Bytea);
        row.WriteOrNull(entry.Message);
    }

    public static void WriteName(this NpgsqlBinaryImporter row, (OpenAccountCommand Request, long AccountId) opening)
    {
        var (request, accountId) = opening;
        row.StartRow();
        row.Write(request.UserId, NpgsqlDbType.Text);
        row.Write(request.Currency, NpgsqlDbType.Text);
        row.Write(request.Name, NpgsqlDbType.Text);
        row.Write(accountId, NpgsqlDbType.Bigint);
    }

    public static void WriteRequest(this NpgsqlBinaryImporter row, (OpenAccountCommand Request, long AccountId) opening)
    {
        var (request, accountId) = opening;
        row.StartRow();
        row.Write(request.RequestId, NpgsqlDbType.Uuid);
        row.Write(request.Fingerprint, NpgsqlDbType.Uuid);
        row.Write(accountId, NpgsqlDbType.Bigint);
    }

    private static void WriteOrNull(this NpgsqlBinaryImporter row, string? text)
    {
        if (text is not null)
            row.Write(text, NpgsqlDbType.Text);
        else
            row.WriteNull();
    }
}
