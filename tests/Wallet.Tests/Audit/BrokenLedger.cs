using Wallet.Ledger;
using Wallet.Service.Storage;
using Wallet.Tests.Storage;
using static Wallet.Tests.Storage.LedgerCommands;

namespace Wallet.Tests.Audit;

/// <summary>
/// A small ledger of its own whose guards were taken away, to be broken: the world has paid a payer, who has paid a payee twice; she paid
/// nobody back although she was asked to, and got a deposit.
/// </summary>
internal sealed class BrokenLedger : IAsyncDisposable
{
    private static readonly DateTime Noon = new(2030, 1, 31, 12, 0, 0, DateTimeKind.Utc);

    private readonly LedgerFixture _database;

    private BrokenLedger(LedgerFixture database, ILedgerStore ledger)
    {
        _database = database;
        Ledger = ledger;
    }

    public ILedgerStore Ledger { get; }

    public IAuditStore Store => (IAuditStore)Ledger;

    public Account World { get; private set; } = null!;

    public Account Payer { get; private set; } = null!;

    public Account Payee { get; private set; } = null!;

    /// <summary>Of the payer's second entry.</summary>
    public Guid Transfer { get; private set; }

    public static async Task<BrokenLedger> CreateAsync(LedgerFixture ledger, string[] disarm)
    {
        var database = await ledger.CreateEmptyAsync();
        var broken = new BrokenLedger(database, database.CreateStore(LedgerFixture.Currencies));
        await broken.Ledger.MigrateAsync(CancellationToken.None);
        foreach (var statement in disarm)
            await database.ExecuteAsync(statement);
        await broken.FillAsync();
        return broken;
    }

    /// <summary>A further store on the same database, as another copy of the service would have it.</summary>
    public ILedgerStore CreateStore() => _database.CreateStore(LedgerFixture.Currencies);

    /// <summary>Payments from the payer to the payee, in batches.</summary>
    public async Task PayManyAsync(int count)
    {
        for (var done = 0; done < count; done += 100)
            await Ledger.CommitAsync([.. Enumerable.Range(0, Math.Min(100, count - done)).Select(_ => Pay(Payer, Payee, 1))], Noon.AddMinutes(1), CancellationToken.None);
    }

    /// <summary>Breaks it: {0} stands for the payer, {1} for the payee, {2} for <see cref="Transfer"/>, {3} for the id of a transfer that does not exist.</summary>
    public async Task ExecuteAsync(string[] statements)
    {
        foreach (var statement in statements)
            await _database.ExecuteAsync(string.Format(null, statement, Payer.Id, Payee.Id, _database.Literal(Transfer), _database.Literal(Guid.NewGuid())));
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task FillAsync()
    {
        World = await OpenAsync("@world");
        Payer = await OpenAsync("payer");
        Payee = await OpenAsync("payee");
        var second = Pay(Payer, Payee, 30) with { Message = "lunch" };
        Transfer = second.Id;
        await Ledger.CommitAsync([Pay(World, Payer, 1_000)], Noon.AddHours(-1), CancellationToken.None);
        await Ledger.CommitAsync([second, Pay(Payee, Payer, 999)], Noon.AddMinutes(-1), CancellationToken.None);
        await Ledger.CommitAsync([Pay(Payer, Payee, 5), Pay(World, Payee, 7)], Noon, CancellationToken.None);
    }

    private async Task<Account> OpenAsync(string userId) =>
        (await Ledger.OpenAccountAsync(Opening(userId), Noon.AddDays(-1), CancellationToken.None)).Account!;
}
