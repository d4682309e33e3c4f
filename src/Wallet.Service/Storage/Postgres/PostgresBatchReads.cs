using Npgsql;
using Wallet.Ledger;
using static Wallet.Service.Storage.Postgres.PostgresParameter;

namespace Wallet.Service.Storage.Postgres;

/// <summary>The statements that read what a batch is decided on.</summary>
internal static class PostgresBatchReads
{
    private const string SelectAccounts = $"SELECT {PostgresRows.AccountColumns} FROM accounts WHERE id = ANY($1)";

    // Not a join: on a sharded database an account lies elsewhere than its name.
    private const string SelectAccountsOfUsers =
        $"SELECT {PostgresRows.AccountColumns} FROM accounts WHERE id = ANY(ARRAY(SELECT account_id FROM account_names WHERE user_id = ANY($1))) ORDER BY id";

    private const string LockAccounts = "SELECT count(*) FROM (SELECT pg_advisory_xact_lock(unnest($1))) AS locks";
    private const string SelectTransfers = $"SELECT {PostgresRows.TransferColumns} FROM transfers WHERE id = ANY($1)";

    /// <summary>Those of the accounts that exist, as they are now.</summary>
    public static async Task<List<Account>> FindAccountsAsync(NpgsqlDataSource source, long[] ids, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(SelectAccounts);
        command.Parameters.Add(Of(ids));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAccountsAsync(cancellationToken);
    }

    /// <summary>The users' accounts as they are now, oldest first.</summary>
    public static async Task<List<Account>> ListAccountsAsync(NpgsqlConnection connection, string[] userIds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectAccountsOfUsers, connection);
        command.Parameters.Add(Of(userIds));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAccountsAsync(cancellationToken);
    }

    /// <summary>Those of the transfers that are recorded.</summary>
    public static async Task<List<Transfer>> FindTransfersAsync(NpgsqlDataSource source, Guid[] ids, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(SelectTransfers);
        command.Parameters.Add(Of(ids));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadTransfersAsync(cancellationToken);
    }

    /// <summary>Keeps every other batch away from the accounts until the transaction ends.</summary>
    /// <param name="accountIds">In ascending order, so that no two batches wait for each other.</param>
    public static NpgsqlBatchCommand Lock(long[] accountIds) =>
        new(LockAccounts) { Parameters = { Of(accountIds) } };

    /// <summary>Locks the accounts and reads all that the commands name, in one round trip.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="accountIds">See <see cref="Lock"/>.</param>
    /// <param name="commands">Their transfers are looked up.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<LedgerSnapshot> LockAndLoadAsync(
        NpgsqlConnection connection, long[] accountIds, IReadOnlyList<TransferCommand> commands, CancellationToken cancellationToken)
    {
        var transferIds = new Guid[commands.Count];
        for (var i = 0; i < transferIds.Length; i++)
            transferIds[i] = commands[i].Id;

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Lock(accountIds),
                new NpgsqlBatchCommand(SelectAccounts) { Parameters = { Of(accountIds) } },
                new NpgsqlBatchCommand(SelectTransfers) { Parameters = { Of(transferIds) } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var accounts = await reader.ReadAccountsAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var recorded = await reader.ReadTransfersAsync(cancellationToken);
        return new LedgerSnapshot(accounts, recorded);
    }
}
