using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Wallet.Ledger;
using Wallet.Service.Accounts;
using Wallet.Service.Http;
using Wallet.Service.Sessions;
using Wallet.Service.Transfers;

namespace Wallet.Bench.Hosts;

/// <summary>One transaction per transfer: what a careful team would write first. The same answers as the service's, each from statements of its own.</summary>
internal static class BaselineHost
{
    private const int EntriesPerPage = 20;

    public static void MapBaseline(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/transfers", PostAsync);
        v1.MapGet("/balance", BalanceAsync);
        v1.MapGet("/transactions", HistoryAsync);
    }

    private static async Task<Results<Created<TransferResponse>, ProblemResult>> PostAsync(
        TransferRequest body, HttpContext context, BaselineLedger ledger, CurrencyTable currencies, TimeProvider time, CancellationToken cancellationToken)
    {
        if (body.Check() is { Count: > 0 } errors)
            return ProblemResult.Invalid(errors);
        if (!IdempotencyKey.TryRead(context, out var key, out var problem))
            return problem;

        var userId = context.User.UserId();
        var transfer = new BaselineTransfer
        {
            Id = key is null ? Guid.CreateVersion7(time.GetUtcNow()) : RequestId.FromKey(userId, key),
            IsKeyed = key is not null,
            Fingerprint = RequestId.Fingerprint("transfer", body.ToUserId, body.Amount!.Value.ToString(CultureInfo.InvariantCulture), body.Message),
            PayerUserId = userId,
            PayeeUserId = body.ToUserId!,
            Amount = body.Amount.Value,
            Currency = body.Currency ?? currencies.Default.Code,
            Message = body.Message,
        };
        var (decision, payer, payee) = await ledger.TransferAsync(transfer, time.GetUtcNow().UtcDateTime, cancellationToken);
        if (decision.IsReplay)
            context.Response.Headers[IdempotencyKey.ReplayedHeaderName] = "true";
        return decision is { Outcome: Outcome.Done, Transfer: { } posted }
            ? TypedResults.Created($"/v1/transfers/{posted.Id}", TransferResponse.From(posted, payer, payee, userId, currencies))
            : ProblemResult.Refused(decision.Outcome);
    }

    private static async Task<Results<Ok<AccountResponse>, ProblemResult>> BalanceAsync(
        HttpContext context, BaselineLedger ledger, CurrencyTable currencies, CancellationToken cancellationToken) =>
        await ledger.FindAccountAsync(context.User.UserId(), cancellationToken) is { } account
            ? TypedResults.Ok(AccountResponse.From(account, currencies))
            : new ProblemResult(ProblemCatalog.AccountNotFound);

    private static async Task<Ok<TransactionPage>> HistoryAsync(HttpContext context, BaselineLedger ledger, CancellationToken cancellationToken)
    {
        var (page, owners) = await ledger.ReadPageAsync(context.User.UserId(), EntriesPerPage, cancellationToken);
        return TypedResults.Ok(TransactionPage.From(page, owners, page.NextBeforeSeq?.ToString(CultureInfo.InvariantCulture)));
    }
}
