using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Wallet.Ledger;
using Wallet.Service.Accounts;
using Wallet.Service.Http;
using Wallet.Service.Sessions;
using Wallet.Service.Storage;
using Wallet.Service.Transfers;

namespace Wallet.Bench.Hosts;

/// <summary>The ceiling: what HTTP, sign-in and JSON cost by themselves. It answers as the service does and knows no ledger.</summary>
internal static class EchoHost
{
    private const int EntriesPerPage = 20;
    private const string SomeUser = "user-000000000";
    private static readonly Hash256 SomeHash = HashChain.MessageDigest("echo");

    public static void MapEcho(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/transfers", Transfer);
        v1.MapGet("/balance", Balance);
        v1.MapGet("/transactions", History);
    }

    private static Created<TransferResponse> Transfer(TransferRequest body, HttpContext context, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        return TypedResults.Created($"/v1/transfers/{id}", new TransferResponse
        {
            Id = id,
            Kind = TransferKind.Transfer,
            Status = TransferStatus.Posted,
            Amount = body.Amount!.Value,
            Currency = "SGD",
            Decimals = 0,
            Payer = new AccountParty(1_000, context.User.UserId()),
            Payee = new AccountParty(1_001, body.ToUserId!),
            Message = body.Message,
            CreatedAt = now.UtcDateTime,
            BalanceAfter = 1_000_000,
        });
    }

    private static Ok<AccountResponse> Balance(HttpContext context, TimeProvider time) => TypedResults.Ok(new AccountResponse
    {
        AccountId = 1_000,
        UserId = context.User.UserId(),
        Name = AccountOpening.DefaultName,
        Currency = "SGD",
        Decimals = 0,
        Status = AccountStatus.Active,
        Balance = 1_000_000,
        Held = 0,
        Available = 1_000_000,
        EntryCount = 20,
        HeadHash = SomeHash,
        CreatedAt = time.GetUtcNow().UtcDateTime,
    });

    private static Ok<TransactionPage> History(TimeProvider time)
    {
        var now = time.GetUtcNow();
        var data = ImmutableArray.CreateBuilder<TransactionResponse>(EntriesPerPage);
        for (var seq = EntriesPerPage; seq > 0; seq--)
        {
            data.Add(new TransactionResponse
            {
                TransferId = Guid.CreateVersion7(now),
                AccountId = 1_000,
                Seq = seq,
                Kind = TransferKind.Transfer,
                Direction = EntryDirection.Out,
                Amount = -1,
                BalanceAfter = 1_000_000,
                Counterparty = new AccountParty(1_001, SomeUser),
                CreatedAt = now.UtcDateTime,
                Hash = SomeHash,
            });
        }

        return TypedResults.Ok(new TransactionPage { Data = data.MoveToImmutable(), HasMore = true, NextCursor = PageCursor.Write(new EntryQuery { AccountId = 1_000, Limit = EntriesPerPage }, 1) });
    }
}
