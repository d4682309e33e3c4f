using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Ledger;
using Wallet.Service.Startup;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;
using Wallet.Service.Storage.Sqlite;

namespace Wallet.Bench.Data;

/// <summary>How much data there is to be.</summary>
internal sealed record LoadPlan
{
    /// <summary>Users, each with one account.</summary>
    public required long Accounts { get; init; }

    /// <summary>How long the history of an account is on average, beside its deposit.</summary>
    public int TransfersPerAccount { get; init; } = 20;

    /// <summary>What each has to begin with, in whole dollars.</summary>
    public long OpeningBalance { get; init; } = 100_000_000;

    /// <summary>The user of a number, from 0.</summary>
    public static string UserId(long index) => string.Create(CultureInfo.InvariantCulture, $"user-{index:D9}");

    /// <summary>The account of the user of a number.</summary>
    public static long AccountId(long index) => 1_000 + index;
}

/// <summary>How far the loading is.</summary>
internal readonly record struct LoadProgress(string Stage, long Done, long Total);

/// <summary>Fills a new ledger through the store.</summary>
internal static class LedgerLoader
{
    private static readonly CurrencyTable Currencies = new([new Currency("SGD", 0, 999_999)]);

    public static async Task LoadPostgresAsync(string connectionString, LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        await using var store = new PostgresLedgerStore(connectionString, Currencies, NullLoggerFactory.Instance);
        await LoadAsync(store, plan, progress, cancellationToken);
    }

    public static async Task LoadSqliteAsync(string file, LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        await using var store = new SqliteLedgerStore(file, Currencies, NullLoggerFactory.Instance);
        await store.MigrateAsync(cancellationToken);
        await LoadAsync(store, plan, progress, cancellationToken);
    }

    private static async Task LoadAsync(ILedgerStore store, LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        var world = await SystemAccounts.OpenAsync(store, SystemAccounts.World, Currencies.Default, TimeProvider.System, cancellationToken);
        for (long i = 0; i < plan.Accounts; i++)
        {
            await store.OpenAccountAsync(
                SystemAccounts.Opening(Guid.NewGuid(), LoadPlan.UserId(i), AccountKind.User, Currencies.Default), TimeProvider.System.GetUtcNow().UtcDateTime, cancellationToken);
            progress.Report(new LoadProgress("accounts", i, plan.Accounts));
        }

        var random = new Random(1);
        var deposits = Enumerable.Range(0, (int)plan.Accounts).Select(i => Command(TransferKind.Deposit, SystemAccounts.World, world.Id, LoadPlan.AccountId(i), plan.OpeningBalance));
        var transfers = Enumerable.Range(0, (int)(plan.Accounts * plan.TransfersPerAccount / 2)).Select(_ =>
        {
            var payer = random.NextInt64(plan.Accounts);
            var payee = (payer + 1 + random.NextInt64(plan.Accounts - 1)) % plan.Accounts;
            return Command(TransferKind.Transfer, LoadPlan.UserId(payer), LoadPlan.AccountId(payer), LoadPlan.AccountId(payee), 1);
        });
        foreach (var batch in deposits.Concat(transfers).Chunk(Limits.BatchCommandsMax))
            await store.CommitAsync(batch, TimeProvider.System.GetUtcNow().UtcDateTime, cancellationToken);
    }

    private static TransferCommand Command(TransferKind kind, string requestedBy, long payer, long payee, long amount) => new()
    {
        Id = Guid.NewGuid(),
        IsKeyed = true,
        Fingerprint = Guid.NewGuid(),
        Kind = kind,
        RequestedBy = requestedBy,
        PayerId = payer,
        PayeeId = payee,
        Amount = amount,
        Currency = Currencies.Default.Code,
    };
}
