using Wallet.Chaos.Beds;
using Wallet.Chaos.Checking;
using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Sessions;
using Wallet.Service.Startup;
using Wallet.Service.Storage;

namespace Wallet.Chaos.Clients;

/// <summary>The users, each with an account and the same money in it.</summary>
internal static class Population
{
    private const string Currency = "SGD";
    private const long OpeningBalance = 1_000;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>How much money there is.</summary>
    public static long MoneyOf(int users) => users * OpeningBalance;

    /// <summary>Signs the users in, opens their accounts through the service, and deposits past it what they have.</summary>
    public static async Task<IReadOnlyList<Party>> CreateAsync(int users, ChaosBed bed, WalletApi api, Oracle oracle, CancellationToken cancellationToken)
    {
        await using var store = bed.OpenStore();
        var world = (await store.ListAccountsAsync([SystemAccounts.World], cancellationToken)).Single(static account => account.Currency == Currency);
        var parties = new List<Party>();
        for (var i = 1; i <= users; i++)
        {
            var userId = $"user-{i}";
            var token = await bed.Redis.SignInAsync(userId, Scopes.Wallet);
            var accountId = await api.OpenAccountAsync(bed.Copies[0].Address, token, cancellationToken)
                ?? throw new InvalidOperationException("An account could not be opened before anything was killed.");
            parties.Add(new Party(userId, token, accountId));
            await DepositAsync(store, world, parties[^1], oracle, cancellationToken);
        }

        return parties;
    }

    private static async Task DepositAsync(ILedgerStore store, Account world, Party party, Oracle oracle, CancellationToken cancellationToken)
    {
        var key = $"deposit-{party.UserId}";
        var asked = new AskedTransfer
        {
            Id = RequestId.FromKey(SystemAccounts.World, key),
            Key = key,
            Kind = TransferKind.Deposit,
            Payer = new Party(SystemAccounts.World, Token: "", world.Id),
            PayeeUserId = party.UserId,
            PayeeId = party.AccountId,
            Amount = OpeningBalance,
        };
        var command = new TransferCommand
        {
            Id = asked.Id,
            IsKeyed = true,
            Fingerprint = asked.Id,
            Kind = asked.Kind,
            RequestedBy = SystemAccounts.World,
            PayerId = world.Id,
            PayeeId = party.AccountId,
            Amount = asked.Amount,
            Currency = Currency,
        };
        while (true)
        {
            try
            {
                var decision = (await store.CommitAsync([command], TimeProvider.System.GetUtcNow().UtcDateTime, cancellationToken))[0];
                asked.Told = new Told { CreatedAt = decision.Transfer!.CreatedAt, PayerBalanceAfter = decision.Transfer.PayerBalanceAfter };
                oracle.Ask(asked);
                return;
            }
            catch (LedgerStoreException e) when (e.Failure == StoreFailure.Conflict)
            {
                await Task.Delay(RetryDelay, cancellationToken);
            }
        }
    }
}
