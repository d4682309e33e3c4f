using System.Globalization;
using Wallet.Bench.Data;
using Wallet.Ledger;
using Wallet.Service.Http;

namespace Wallet.Bench.Batch;

/// <summary>Payments under keys of their own between accounts of a loaded ledger, any two of them. Safe to call from any thread.</summary>
internal sealed class RandomTransfers(LoadPlan plan)
{
    private const int LargestAmount = 10;

    // No two runs on the same database share a key.
    private readonly Guid _run = Guid.NewGuid();
    private long _number;

    public TransferCommand Next()
    {
        var payer = Random.Shared.NextInt64(plan.Accounts);
        var payee = (payer + 1 + Random.Shared.NextInt64(plan.Accounts - 1)) % plan.Accounts;
        var userId = LoadPlan.UserId(payer);
        var id = RequestId.FromKey(userId, string.Create(CultureInfo.InvariantCulture, $"{_run:N}/{Interlocked.Increment(ref _number)}"));
        return new TransferCommand
        {
            Id = id,
            IsKeyed = true,
            Fingerprint = id,
            Kind = TransferKind.Transfer,
            RequestedBy = userId,
            PayerId = LoadPlan.AccountId(payer),
            PayeeId = LoadPlan.AccountId(payee),
            Amount = 1 + Random.Shared.Next(LargestAmount),
            Currency = plan.Currency,
        };
    }
}
