using Npgsql;
using Wallet.Ledger;

namespace Wallet.Service.Storage.Postgres;

/// <summary>
/// Decides and commits batches. Plans first on a guess at what the accounts are (<see cref="AccountSnapshots"/>): then nothing is read
/// beforehand, and the rows that the update finds tell whether it was right. Where it was not, or where a command would be
/// refused or was given before, the batch is planned again on what is read under locks: no refusal rests on a guess.
/// <para>
/// Batches are planned and written one after the other, each on the rows that the one before has changed; their commits overlap. Rows
/// that a commit under way has changed are locked by it, so a batch that builds on them can only commit after it, and finds other rows than it
/// planned on if that commit fails.
/// </para>
/// Safe to call from any thread.
/// </summary>
/// <param name="source">Where to.</param>
/// <param name="slots">How many transactions there may be at the same time.</param>
/// <param name="planner">The rules.</param>
/// <param name="snapshotsMax">How many accounts are kept in memory.</param>
internal sealed class PostgresBatchCommit(NpgsqlDataSource source, SemaphoreSlim slots, BatchPlanner planner, int snapshotsMax) : IDisposable
{
    private static readonly TimeSpan TurnPatience = TimeSpan.FromSeconds(5);

    private readonly AccountSnapshots _snapshots = new(snapshotsMax);
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Takes note of accounts that were read, for the batches to come.</summary>
    public void Offer(IReadOnlyList<Account> accounts) => _snapshots.Offer(accounts);

    /// <inheritdoc cref="ILedgerStore.WhenWritableAsync"/>
    public async Task WhenWritableAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        _turn.Release();
    }

    /// <inheritdoc cref="ILedgerStore.CommitAsync"/>
    public async Task<IReadOnlyList<Decision>> CommitAsync(IReadOnlyList<TransferCommand> commands, DateTime now, CancellationToken cancellationToken)
    {
        var accountIds = AccountIdsOf(commands);
        try
        {
            var (transaction, plan) = await WriteInTurnAsync(commands, accountIds, now, cancellationToken);
            await using (transaction)
                await transaction.CommitAsync();
            return plan.Decisions;
        }
        catch
        {
            _snapshots.Forget(accountIds);
            throw;
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<Written> WriteInTurnAsync(
        IReadOnlyList<TransferCommand> commands, long[] accountIds, DateTime now, CancellationToken cancellationToken)
    {
        if (!await _turn.WaitAsync(TurnPatience, cancellationToken))
            throw new LedgerStoreException(StoreFailure.Unavailable, "The batch before does not come to its end.");
        try
        {
            var written = _snapshots.MayGuess() ? await TryWriteOnGuessesAsync(commands, accountIds, now, cancellationToken) : null;
            written ??= await WriteOnLockedAsync(commands, accountIds, now, cancellationToken);
            _snapshots.Keep(written.Plan.Changes);
            return written;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Writes the batch as planned on guesses; null where that cannot be, and nothing is written.</summary>
    private async Task<Written?> TryWriteOnGuessesAsync(
        IReadOnlyList<TransferCommand> commands, long[] accountIds, DateTime now, CancellationToken cancellationToken)
    {
        var missing = new List<long>();
        var accounts = _snapshots.Find(accountIds, missing);
        if (missing.Count > 0)
            accounts.AddRange(await PostgresBatchReads.FindAccountsAsync(source, [.. missing], cancellationToken));
        var plan = planner.Plan(new LedgerSnapshot(accounts, []), commands, now);
        if (plan.Transfers.Count < commands.Count || plan.Transfers.Any(static transfer => transfer.Outcome != Outcome.Done))
            return null;

        try
        {
            var written = await InTransactionAsync(async connection =>
            {
                await PostgresBatchWrites.WriteAsync(connection, plan, PostgresBatchReads.Lock(accountIds), cancellationToken);
                return plan;
            }, cancellationToken);
            _snapshots.Confirm();
            return written;
        }
        catch (Exception e) when (PostgresErrors.Translate(e) is { Failure: StoreFailure.Conflict })
        {
            _snapshots.Refute();
            _snapshots.Forget(accountIds);
            return null;
        }
    }

    /// <summary>Writes the batch as planned on what is there.</summary>
    private Task<Written> WriteOnLockedAsync(
        IReadOnlyList<TransferCommand> commands, long[] accountIds, DateTime now, CancellationToken cancellationToken) =>
        InTransactionAsync(async connection =>
        {
            var plan = planner.Plan(await PostgresBatchReads.LockAndLoadAsync(connection, accountIds, commands, cancellationToken), commands, now);
            if (!plan.IsEmpty)
                await PostgresBatchWrites.WriteAsync(connection, plan, locks: null, cancellationToken);
            return plan;
        }, cancellationToken);

    /// <summary>Plans and writes in a transaction, which is the caller's to commit.</summary>
    private async Task<Written> InTransactionAsync(Func<NpgsqlConnection, Task<BatchPlan>> write, CancellationToken cancellationToken)
    {
        var transaction = await PostgresTransaction.BeginAsync(source, slots, cancellationToken);
        try
        {
            return new Written(transaction, await write(transaction.Connection));
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    /// <summary>The accounts that the commands name, each once, in the order in which they are locked.</summary>
    private static long[] AccountIdsOf(IReadOnlyList<TransferCommand> commands)
    {
        var ids = new long[2 * commands.Count];
        var count = 0;
        for (var i = 0; i < commands.Count; i++)
        {
            if (commands[i].PayerId is { } payerId)
                ids[count++] = payerId;
            if (commands[i].PayeeId is { } payeeId)
                ids[count++] = payeeId;
        }

        var named = ids.AsSpan(0, count);
        named.Sort();
        var distinct = 0;
        foreach (var id in named)
        {
            if (distinct == 0 || named[distinct - 1] != id)
                named[distinct++] = id;
        }

        return [.. named[..distinct]];
    }

    private sealed record Written(PostgresTransaction Transaction, BatchPlan Plan);
}
