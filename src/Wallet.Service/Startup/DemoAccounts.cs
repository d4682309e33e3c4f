using Wallet.Ledger;
using Wallet.Service.Commit;
using Wallet.Service.Http;
using Wallet.Service.Storage;

namespace Wallet.Service.Startup;

/// <summary>
/// What a developer finds on the first start: the house with 1,000,000 and three users with nothing. The money is deposited from the
/// world's account on the same way as all money, under a fixed key, so that later starts change nothing.
/// </summary>
internal sealed class DemoAccounts(ILedgerStore store, CurrencyTable currencies, CommitQueue queue, TimeProvider time)
{
    public const string House = "house";
    public static readonly IReadOnlyList<string> Users = [House, "yunus", "andrew", "nick"];

    private const long HouseBalance = 1_000_000;

    public async Task SeedAsync(CancellationToken cancellationToken)
    {
        var currency = currencies.Default;
        var world = await SystemAccounts.OpenAsync(store, SystemAccounts.World, currency, time, cancellationToken);
        foreach (var user in Users)
        {
            var account = await OpenAsync(user, currency, cancellationToken);
            if (user == House && account is not null)
                await DepositAsync(world, account);
        }
    }

    /// <summary>The user's account, or null where a developer has opened one of that name by herself.</summary>
    private async Task<Account?> OpenAsync(string user, Currency currency, CancellationToken cancellationToken)
    {
        var command = SystemAccounts.Opening(RequestId.FromKey(SystemAccounts.World, $"demo/{user}"), user, AccountKind.User, currency);
        return (await store.OpenAccountAsync(command, time.GetUtcNow().UtcDateTime, cancellationToken)).Account;
    }

    private async Task DepositAsync(Account world, Account account)
    {
        var id = RequestId.FromKey(SystemAccounts.World, "demo/deposit");
        var answer = await queue.SubmitAsync(new TransferCommand
        {
            Id = id,
            IsKeyed = true,
            Fingerprint = id,
            Kind = TransferKind.Deposit,
            RequestedBy = SystemAccounts.World,
            PayerId = world.Id,
            PayeeId = account.Id,
            Amount = HouseBalance,
            Currency = account.Currency,
            Message = "Opening balance",
        });
        if (answer.Status != CommitStatus.Decided)
            throw new LedgerStoreException(StoreFailure.Unavailable, $"The opening balance was not deposited: {answer.Status}.");
        if (answer.Decision.Outcome != Outcome.Done)
            throw new StartupException($"The opening balance was refused: {answer.Decision.Outcome}.");
    }
}
