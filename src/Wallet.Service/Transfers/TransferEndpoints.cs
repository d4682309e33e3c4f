using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Wallet.Ledger;
using Wallet.Service.Accounts;
using Wallet.Service.Commit;
using Wallet.Service.Http;
using Wallet.Service.Sessions;
using Wallet.Service.Storage;

namespace Wallet.Service.Transfers;

/// <summary>Sending money, and looking at what was sent.</summary>
internal static class TransferEndpoints
{
    public static void MapTransfers(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/transfers", PostAsync)
            .WithName("CreateTransfer").WithTags("Transfers")
            .WithSummary("Sends money")
            .WithDescription(
                "A 201 is sent once the transfer is durable. Send an `Idempotency-Key` and keep it over retries: then the transfer happens once, however often it is sent.")
            .WithExample("""{"to_user_id": "yunus", "amount": 100, "message": "lunch"}""")
            .WithIdempotencyKey()
            .WithProblems(
                ProblemCatalog.AccountNotFound, ProblemCatalog.RecipientNotFound, ProblemCatalog.CurrencyUnknown, ProblemCatalog.AmountOutOfRange,
                ProblemCatalog.SelfTransfer, ProblemCatalog.CurrencyMismatch, ProblemCatalog.AccountFrozen, ProblemCatalog.AccountClosed,
                ProblemCatalog.RecipientUnavailable, ProblemCatalog.InsufficientFunds, ProblemCatalog.BalanceLimitExceeded,
                ProblemCatalog.IdempotencyKeyReused, ProblemCatalog.QueueFull, ProblemCatalog.Stopping, ProblemCatalog.InDoubt);

        v1.MapGet("/transfers/{id}", FindAsync)
            .WithName("GetTransfer").WithTags("Transfers")
            .WithSummary("Shows a transfer that you have a part in")
            .WithDescription("A rejected transfer is shown to who asked for it, if it had an `Idempotency-Key`; nothing else of it is kept.")
            .WithProblems(ProblemCatalog.TransferNotFound);
    }

    /// <summary>1 check the form, 2 find the accounts, 3 give the command to the ledger, 4 answer. After 3 nothing is read that could fail a first answer.</summary>
    private static async Task<Results<Created<TransferResponse>, ProblemResult>> PostAsync(
        TransferRequest body, HttpContext context, AccountDirectory directory, CommitQueue queue, CurrencyTable currencies, TimeProvider time,
        CancellationToken cancellationToken)
    {
        // :: 1
        if (body.Check() is { Count: > 0 } errors)
            return ProblemResult.Invalid(errors);
        if (!IdempotencyKey.TryRead(context, out var key, out var problem))
            return problem;

        // :: 2
        var userId = context.User.UserId();
        var payer = body.FromAccountId is { } from
            ? await KnownAsync(from, account => account.UserId == userId, directory, cancellationToken)
            : await directory.OldestAsync(userId, body.Currency, cancellationToken);
        var currency = body.Currency ?? payer?.Currency ?? currencies.Default.Code;
        var payee = body.ToAccountId is { } to
            ? await KnownAsync(to, static account => TextRules.IsUserId(account.UserId), directory, cancellationToken)
            : await directory.OldestAsync(body.ToUserId!, currency, cancellationToken);

        // :: 3
        var command = new TransferCommand
        {
            Id = key is null ? Guid.CreateVersion7(time.GetUtcNow()) : RequestId.FromKey(userId, key),
            IsKeyed = key is not null,
            Fingerprint = Fingerprint(body),
            Kind = TransferKind.Transfer,
            RequestedBy = userId,
            PayerId = payer?.Id,
            PayeeId = payee?.Id,
            Amount = body.Amount!.Value,
            Currency = currency,
            Message = body.Message,
        };
        var answer = await queue.SubmitAsync(command);

        // :: 4
        if (answer.Status != CommitStatus.Decided)
            return new ProblemResult(ProblemCatalog.For(answer.Status)) { TransferId = answer.Status == CommitStatus.InDoubt ? command.Id : null };
        if (answer.Decision.IsReplay && command.IsKeyed)
            context.Response.Headers[IdempotencyKey.ReplayedHeaderName] = "true";
        if (answer.Decision is not { Outcome: Outcome.Done, Transfer: { } transfer })
        {
            if (answer.Decision.Outcome is Outcome.PayerClosed or Outcome.PayeeUnavailable)
                directory.Forget(payer, payee);
            return ProblemResult.Refused(answer.Decision.Outcome);
        }

        if (answer.Decision.IsReplay)
        {
            try
            {
                // The first request may have found other accounts than this one.
                payer = await PartyAsync(transfer.PayerId!.Value, payer, directory, cancellationToken);
                payee = await PartyAsync(transfer.PayeeId!.Value, payee, directory, cancellationToken);
            }
            catch (LedgerStoreException)
            {
                // The transfer is posted; "nothing was applied" would be a lie.
                return new ProblemResult(ProblemCatalog.InDoubt) { TransferId = transfer.Id };
            }
        }

        return TypedResults.Created($"/v1/transfers/{transfer.Id}", TransferResponse.From(transfer, payer, payee, userId, currencies));
    }

    /// <summary>A transfer that the user has no part in takes as many reads as one that does not exist, so that time tells them apart no more than the answer does.</summary>
    private static async Task<Results<Ok<TransferResponse>, ProblemResult>> FindAsync(
        string id, HttpContext context, AccountReader reader, AccountDirectory directory, ILedgerStore store, CurrencyTable currencies,
        CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(id, "D", out var transferId))
            return new ProblemResult(ProblemCatalog.TransferNotFound);

        var userId = context.User.UserId();
        var found = store.FindTransferAsync(transferId, cancellationToken);
        var own = reader.ListAsync(userId, cancellationToken);
        await Task.WhenAll(found, own);
        if (await found is not { } transfer)
            return new ProblemResult(ProblemCatalog.TransferNotFound);

        var isPosted = transfer.Status == TransferStatus.Posted;
        if (transfer.RequestedBy != userId && !(isPosted && (await own).Any(account => account.Id == transfer.PayerId || account.Id == transfer.PayeeId)))
            return new ProblemResult(ProblemCatalog.TransferNotFound);

        var (payer, payee) = isPosted
            ? (await directory.FindAsync(transfer.PayerId!.Value, cancellationToken), await directory.FindAsync(transfer.PayeeId!.Value, cancellationToken))
            : (null, null);
        return TypedResults.Ok(TransferResponse.From(transfer, payer, payee, userId, currencies));
    }

    /// <summary>The account, or null where it does not exist or is none that who asks may know of.</summary>
    private static async ValueTask<AccountRef?> KnownAsync(
        long id, Func<AccountRef, bool> mayKnow, AccountDirectory directory, CancellationToken cancellationToken) =>
        await directory.FindAsync(id, cancellationToken) is { } account && mayKnow(account) ? account : null;

    /// <summary>A side of a posted transfer: <paramref name="known"/>, if it is that.</summary>
    private static async ValueTask<AccountRef?> PartyAsync(long id, AccountRef? known, AccountDirectory directory, CancellationToken cancellationToken) =>
        known?.Id == id ? known : await directory.FindAsync(id, cancellationToken);

    /// <summary>Of what was asked, not of what it was resolved to: a retry is the same request even if the recipient has opened an account since.</summary>
    private static Guid Fingerprint(TransferRequest body) => RequestId.Fingerprint(
        "transfer",
        body.ToUserId,
        body.ToAccountId?.ToString(CultureInfo.InvariantCulture),
        body.Amount!.Value.ToString(CultureInfo.InvariantCulture),
        body.Currency,
        body.FromAccountId?.ToString(CultureInfo.InvariantCulture),
        body.Message);
}
