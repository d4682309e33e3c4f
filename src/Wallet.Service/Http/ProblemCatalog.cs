using System.Reflection;
using Wallet.Ledger;
using Wallet.Service.Commit;

namespace Wallet.Service.Http;

/// <summary>A kind of problem, as RFC 9457 understands it.</summary>
/// <param name="Code">Stable; programs decide by it.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">A short name, the same each time.</param>
/// <param name="Meaning">What happened, for the page about it.</param>
/// <param name="Remedy">What a client does about it.</param>
internal sealed record ProblemType(string Code, int Status, string Title, string Meaning, string Remedy);

/// <summary>Every problem that the API answers with. Pages, OpenAPI and answers are all made from this list.</summary>
internal static class ProblemCatalog
{
    public static readonly ProblemType InvalidRequest = new(
        "invalid_request", 400, "The request is malformed",
        "A part of the request has the wrong form: JSON that cannot be read, a wrong type, a property that is unknown, missing or comes twice, or a query parameter that is unknown or out of its range. `errors` names each part.",
        "Mend the request. Nothing was changed.");

    public static readonly ProblemType InvalidIdempotencyKey = new(
        "invalid_idempotency_key", 400, "The Idempotency-Key is malformed",
        "The header comes more than once, or its value is not 1 to 255 printable ASCII characters, bare or as a quoted string.",
        "Send one key, for example a random UUID.");

    public static readonly ProblemType IdempotencyKeyRequired = new(
        "idempotency_key_required", 400, "An Idempotency-Key is required",
        "This service is set up to move money only for requests that carry an Idempotency-Key.",
        "Make a key for each payment, keep it over retries, and send it.");

    public static readonly ProblemType InvalidCursor = new(
        "invalid_cursor", 400, "The cursor is not valid",
        "The cursor was not given out by this call, or the account or the filters are not those that it was given out for.",
        "Follow `next_cursor` or the Link header as they are, or begin anew without a cursor.");

    public static readonly ProblemType Unauthorized = new(
        "unauthorized", 401, "A token is required",
        "The request has no bearer token.",
        "Send `Authorization: Bearer <token>`.");

    public static readonly ProblemType InvalidToken = new(
        "invalid_token", 401, "The token is not valid",
        "The token is malformed, unknown, expired or revoked.",
        "Sign in again.");

    public static readonly ProblemType InsufficientScope = new(
        "insufficient_scope", 403, "The token does not permit this",
        "The token is valid, but lacks the scope that the call needs.",
        "Sign in with that scope.");

    public static readonly ProblemType NotFound = new(
        "not_found", 404, "There is nothing here",
        "No call has this path.",
        "Look the path up in the API's description.");

    public static readonly ProblemType AccountNotFound = new(
        "account_not_found", 404, "There is no such account",
        "The account does not exist or is not yours, or you have none that fits.",
        "List your accounts, or open one.");

    public static readonly ProblemType RecipientNotFound = new(
        "recipient_not_found", 404, "There is no such recipient",
        "The recipient does not exist, or has no account in the transfer's currency.",
        "Check the user id or account id. Once the recipient has an account, send it again with a new key.");

    public static readonly ProblemType TransferNotFound = new(
        "transfer_not_found", 404, "There is no such transfer",
        "The transfer does not exist, or you have no part in it.",
        "Check the id.");

    public static readonly ProblemType MethodNotAllowed = new(
        "method_not_allowed", 405, "The method is not allowed here",
        "The path exists, but not for this method.",
        "Use one of the methods in the Allow header.");

    public static readonly ProblemType RequestTimeout = new(
        "request_timeout", 408, "The request came too slowly",
        "The body did not arrive in time.",
        "Send it again, with the same key.");

    public static readonly ProblemType BodyTooLarge = new(
        "body_too_large", 413, "The body is too large",
        "The request's body is larger than any valid one.",
        "Send less.");

    public static readonly ProblemType UnsupportedMediaType = new(
        "unsupported_media_type", 415, "The body is not JSON in UTF-8",
        "The request's Content-Type is not application/json, or names another charset than utf-8, or its body is compressed.",
        "Send JSON in UTF-8 as it is, and say so in the Content-Type.");

    public static readonly ProblemType IdempotencyKeyReused = new(
        "idempotency_key_reused", 422, "The key was used for another request",
        "You have sent another request with the same Idempotency-Key before. Nothing was done for this one.",
        "Make a new key for each payment; send the same key only with the same request.");

    public static readonly ProblemType CurrencyUnknown = new(
        "currency_unknown", 422, "The currency is unknown",
        "This wallet does not keep that currency.",
        "Use one of its currencies.");

    public static readonly ProblemType AmountOutOfRange = new(
        "amount_out_of_range", 422, "The amount is out of range",
        "The amount is below 1, or above the largest transfer of its currency.",
        "Send an amount within the range; amounts are integers in the currency's unit.");

    public static readonly ProblemType SelfTransfer = new(
        "self_transfer", 422, "Payer and recipient are the same account",
        "The money would stay where it is.",
        "Name another recipient, or another of your own accounts.");

    public static readonly ProblemType CurrencyMismatch = new(
        "currency_mismatch", 422, "The currencies differ",
        "One of the two accounts keeps another currency than the transfer's.",
        "Pay from and to accounts of the same currency.");

    public static readonly ProblemType AccountFrozen = new(
        "account_frozen", 422, "Your account is frozen",
        "A frozen account neither pays nor receives.",
        "Talk to the operator of the wallet.");

    public static readonly ProblemType AccountClosed = new(
        "account_closed", 422, "Your account is closed",
        "A closed account neither pays nor receives.",
        "Pay from another account.");

    public static readonly ProblemType RecipientUnavailable = new(
        "recipient_unavailable", 422, "The recipient cannot receive money now",
        "The receiving account exists but does not take money at the moment.",
        "Ask the recipient, or name another of her accounts.");

    public static readonly ProblemType InsufficientFunds = new(
        "insufficient_funds", 422, "There is not enough money",
        "The available balance of the paying account is less than the amount.",
        "Send less, or top up and send it again with a new key.");

    public static readonly ProblemType BalanceLimitExceeded = new(
        "balance_limit_exceeded", 422, "A balance would become too large",
        "The balance of one of the accounts would not fit into 64 bits.",
        "Send less.");

    public static readonly ProblemType AccountNameTaken = new(
        "account_name_taken", 422, "The name is taken",
        "You already have an account of that name in that currency.",
        "Choose another name.");

    public static readonly ProblemType TooManyAccounts = new(
        "too_many_accounts", 422, "You have too many accounts",
        "You have as many accounts as one user may have.",
        "Use one of them.");

    public static readonly ProblemType InternalError = new(
        "internal_error", 500, "Something unexpected happened",
        "A fault in the service. It was logged under `trace_id`. For a transfer: nothing was applied.",
        "Report the trace id. Trying again, with the same key, does no harm.");

    public static readonly ProblemType DatabaseUnavailable = new(
        "database_unavailable", 503, "The ledger cannot be reached",
        "The database is away or cannot be written to. Nothing was applied.",
        "Try again after `Retry-After` seconds, with the same key.");

    public static readonly ProblemType InDoubt = new(
        "in_doubt", 503, "The outcome is not known",
        "The request may have been carried out or not: the database did not confirm in time.",
        "Send the same request with the same key again: the answer will say what happened. Without a key, look for the transfer under `transfer_id`, or for the account in the list of yours.");

    public static readonly ProblemType QueueFull = new(
        "queue_full", 503, "The service is busy",
        "More transfers wait than may wait, or than can be carried out in time. Nothing was applied.",
        "Try again after `Retry-After` seconds, with the same key.");

    public static readonly ProblemType Stopping = new(
        "stopping", 503, "This copy of the service is stopping",
        "It takes no more transfers. Nothing was applied.",
        "Try again at once, with the same key: another copy will answer.");

    public static readonly ProblemType SessionsUnavailable = new(
        "sessions_unavailable", 503, "Sessions cannot be checked",
        "Where sessions are kept cannot be reached, so it is not known whether the token is valid. Keep it.",
        "Try again after `Retry-After` seconds.");

    /// <summary>All of them, by status and then code.</summary>
    public static readonly IReadOnlyList<ProblemType> All =
    [
        .. typeof(ProblemCatalog).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(static f => f.FieldType == typeof(ProblemType))
            .Select(static f => (ProblemType)f.GetValue(null)!)
            .OrderBy(static p => p.Status).ThenBy(static p => p.Code, StringComparer.Ordinal),
    ];

    /// <summary>The problem that tells a refusal of the ledger. The one map between the two, and complete.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="outcome"/> is no refusal.</exception>
    public static ProblemType For(Outcome outcome) => outcome switch
    {
        Outcome.Done => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "What was done is no problem."),
        Outcome.IdempotencyKeyReused => IdempotencyKeyReused,
        Outcome.CurrencyUnknown => CurrencyUnknown,
        Outcome.AmountOutOfRange => AmountOutOfRange,
        Outcome.PayerNotFound => AccountNotFound,
        Outcome.PayeeNotFound => RecipientNotFound,
        Outcome.SelfTransfer => SelfTransfer,
        Outcome.CurrencyMismatch => CurrencyMismatch,
        Outcome.PayerFrozen => AccountFrozen,
        Outcome.PayerClosed => AccountClosed,
        Outcome.PayeeUnavailable => RecipientUnavailable,
        Outcome.InsufficientFunds => InsufficientFunds,
        Outcome.BalanceLimitExceeded => BalanceLimitExceeded,
        Outcome.AccountNameTaken => AccountNameTaken,
        Outcome.TooManyAccounts => TooManyAccounts,
    };

    /// <summary>The problem that tells why a command got no decision.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="status"/> is <see cref="CommitStatus.Decided"/>.</exception>
    public static ProblemType For(CommitStatus status) => status switch
    {
        CommitStatus.Decided => throw new ArgumentOutOfRangeException(nameof(status), status, "What was decided is told by its outcome."),
        CommitStatus.QueueFull => QueueFull,
        CommitStatus.Withdrawn => QueueFull,
        CommitStatus.Stopping => Stopping,
        CommitStatus.Unavailable => DatabaseUnavailable,
        CommitStatus.InDoubt => InDoubt,
        CommitStatus.Failed => InternalError,
    };

    /// <summary>The problem for a status that the framework gives by itself, to a request that no endpoint has seen or that could not be read.</summary>
    public static ProblemType ForStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => NotFound,
        StatusCodes.Status405MethodNotAllowed => MethodNotAllowed,
        StatusCodes.Status408RequestTimeout => RequestTimeout,
        StatusCodes.Status413PayloadTooLarge => BodyTooLarge,
        StatusCodes.Status415UnsupportedMediaType => UnsupportedMediaType,
        >= 500 => InternalError,
        _ => InvalidRequest,
    };
}
