using Microsoft.AspNetCore.Http.HttpResults;
using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Sessions;
using Wallet.Service.Storage;

namespace Wallet.Service.Accounts;

/// <summary>Accounts, balances and their history.</summary>
internal static class AccountEndpoints
{
    private static readonly IntegerParameter AccountId = new("account_id", "One of your accounts; your oldest one that fits where it is not given.", 1, long.MaxValue);
    private static readonly TextParameter Currency = new("currency", "Your oldest account in this currency. Not together with `account_id`.", "^[A-Z]{3}$");
    private static readonly ChoiceParameter<EntryDirection> Direction = new("direction", "`in` for what came in, `out` for what was paid; both where it is not given.");
    private static readonly TimeParameter From = new("from", "Only what happened at this time or later (RFC 3339).");
    private static readonly TimeParameter To = new("to", "Only what happened before this time (RFC 3339).");
    private static readonly IntegerParameter Limit = new("limit", "How many at the most. A page may be shorter although there is more: follow `has_more`.", 1, 100, 20);
    private static readonly TextParameter Cursor = new(PageCursor.ParameterName, "Where to go on: `next_cursor` of the page before, with the same filters.");

    private static readonly QueryParameter[] PageParameters = [Direction, From, To, Limit, Cursor];

    public static void MapAccounts(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/accounts", OpenAsync)
            .WithName("OpenAccount").WithTags("Accounts")
            .WithSummary("Opens a further account")
            .WithDescription("The oldest of your accounts in a currency stays the one that pays and receives where none is named.")
            .WithExample("""{"currency": "SGD", "name": "savings"}""")
            .WithIdempotencyKey()
            .WithProblems(
                ProblemCatalog.CurrencyUnknown, ProblemCatalog.AccountNameTaken, ProblemCatalog.TooManyAccounts,
                ProblemCatalog.IdempotencyKeyReused, ProblemCatalog.InDoubt);

        v1.MapGet("/accounts", ListAsync)
            .WithName("ListAccounts").WithTags("Accounts")
            .WithSummary("Shows all of your accounts, oldest first");

        v1.MapGet("/accounts/{id}", FindAsync)
            .WithName("GetAccount").WithTags("Accounts")
            .WithSummary("Shows one of your accounts")
            .WithProblems(ProblemCatalog.AccountNotFound);

        v1.MapGet("/balance", BalanceAsync)
            .WithName("GetBalance").WithTags("Accounts")
            .WithSummary("Shows your balance")
            .WithDescription("That of your oldest account, of the oldest in a currency, or of the one that is named.")
            .WithQuery(AccountId, Currency)
            .WithProblems(ProblemCatalog.AccountNotFound);

        v1.MapGet("/transactions", TransactionsAsync)
            .WithName("ListTransactions").WithTags("Transactions")
            .WithSummary("Shows the history of an account, newest first")
            .WithDescription("That of your oldest account, of the oldest in a currency, or of the one that is named.")
            .WithQuery([AccountId, Currency, .. PageParameters])
            .WithProblems(ProblemCatalog.AccountNotFound, ProblemCatalog.InvalidCursor);

        v1.MapGet("/accounts/{id}/transactions", AccountTransactionsAsync)
            .WithName("ListAccountTransactions").WithTags("Transactions")
            .WithSummary("Shows the history of one of your accounts, newest first")
            .WithQuery(PageParameters)
            .WithProblems(ProblemCatalog.AccountNotFound, ProblemCatalog.InvalidCursor);
    }

    private static async Task<Results<Created<AccountResponse>, ProblemResult>> OpenAsync(
        OpenAccountRequest body, HttpContext context, ILedgerStore store, CurrencyTable currencies, TimeProvider time, CancellationToken cancellationToken)
    {
        var errors = new List<ProblemError>();
        if (body.Currency is null)
            errors.Add(ProblemError.At("/currency", "required", "A currency is needed, such as SGD."));
        else if (!TextRules.IsCurrencyCode(body.Currency))
            errors.Add(ProblemError.At("/currency", "invalid", "Three capital letters are expected, such as SGD."));
        if (body.Name is { } name && !TextRules.IsAccountName(name))
            errors.Add(ProblemError.At("/name", "invalid", $"1 to {Limits.AccountNameLengthMax} characters are expected, with no white space at the ends and none that is invisible."));
        if (errors.Count > 0)
            return ProblemResult.Invalid(errors);
        if (!IdempotencyKey.TryRead(context, out var key, out var problem))
            return problem;

        var userId = context.User.UserId();
        var now = time.GetUtcNow();
        var command = new OpenAccountCommand
        {
            RequestId = key is null ? Guid.CreateVersion7(now) : RequestId.FromKey(userId, key),
            Fingerprint = RequestId.Fingerprint("open_account", body.Currency, body.Name),
            UserId = userId,
            Name = body.Name ?? AccountOpening.DefaultName,
            Currency = body.Currency!,
            Kind = AccountKind.User,
        };
        var decision = await store.OpenAccountAsync(command, now.UtcDateTime, cancellationToken);
        if (decision.IsReplay)
            context.Response.Headers[IdempotencyKey.ReplayedHeaderName] = "true";
        if (decision.Account is not { } account)
            return ProblemResult.Refused(decision.Outcome);
        return TypedResults.Created($"/v1/accounts/{account.Id}", AccountResponse.From(account, currencies));
    }

    private static async Task<Ok<AccountList>> ListAsync(
        HttpContext context, AccountReader reader, CurrencyTable currencies, CancellationToken cancellationToken)
    {
        var accounts = await reader.ListAsync(context.User.UserId(), cancellationToken);
        return TypedResults.Ok(new AccountList { Data = [.. accounts.Select(a => AccountResponse.From(a, currencies))] });
    }

    private static async Task<Results<Ok<AccountResponse>, ProblemResult>> FindAsync(
        string id, HttpContext context, AccountReader reader, CurrencyTable currencies, CancellationToken cancellationToken) =>
        ParseId(id) is { } accountId
            ? await ShowAsync(accountId, context, reader, currencies, cancellationToken)
            : new ProblemResult(ProblemCatalog.AccountNotFound);

    private static async Task<Results<Ok<AccountResponse>, ProblemResult>> BalanceAsync(
        HttpContext context, AccountDirectory directory, AccountReader reader, CurrencyTable currencies, CancellationToken cancellationToken)
    {
        var query = QueryReader.Of(context);
        var chosen = await ChooseAsync(query, context, directory, cancellationToken);
        if (query.HasErrors)
            return query.Problem;
        return chosen is { } accountId
            ? await ShowAsync(accountId, context, reader, currencies, cancellationToken)
            : new ProblemResult(ProblemCatalog.AccountNotFound);
    }

    private static async Task<Results<Ok<TransactionPage>, ProblemResult>> TransactionsAsync(
        HttpContext context, AccountDirectory directory, AccountReader reader, HistoryReader history, CancellationToken cancellationToken)
    {
        var query = QueryReader.Of(context);
        var chosen = await ChooseAsync(query, context, directory, cancellationToken);
        return await PageAsync(chosen, query, context, directory, reader, history, cancellationToken);
    }

    private static Task<Results<Ok<TransactionPage>, ProblemResult>> AccountTransactionsAsync(
        string id, HttpContext context, AccountDirectory directory, AccountReader reader, HistoryReader history, CancellationToken cancellationToken) =>
        PageAsync(ParseId(id), QueryReader.Of(context), context, directory, reader, history, cancellationToken);

    /// <summary>The account that the query names or means; null where the user has none that fits.</summary>
    private static async ValueTask<long?> ChooseAsync(
        QueryReader query, HttpContext context, AccountDirectory directory, CancellationToken cancellationToken)
    {
        var accountId = query.Integer(AccountId);
        var currency = query.Text(Currency);
        if (currency is not null && !TextRules.IsCurrencyCode(currency))
            query.Refuse(Currency, "Three capital letters are expected, such as SGD.");
        else if (currency is not null && accountId is not null)
            query.Refuse(Currency, "It cannot be given together with account_id.");
        if (accountId is not null || query.HasErrors)
            return accountId;
        var oldest = await directory.OldestAsync(context.User.UserId(), currency, cancellationToken);
        return oldest?.Id;
    }

    private static async Task<Results<Ok<AccountResponse>, ProblemResult>> ShowAsync(
        long accountId, HttpContext context, AccountReader reader, CurrencyTable currencies, CancellationToken cancellationToken)
    {
        var account = await reader.FindAsync(accountId, cancellationToken);
        return account is not null && account.UserId == context.User.UserId()
            ? TypedResults.Ok(AccountResponse.From(account, currencies))
            : new ProblemResult(ProblemCatalog.AccountNotFound);
    }

    private static async Task<Results<Ok<TransactionPage>, ProblemResult>> PageAsync(
        long? accountId, QueryReader query, HttpContext context, AccountDirectory directory, AccountReader reader, HistoryReader history,
        CancellationToken cancellationToken)
    {
        var direction = query.Choice(Direction);
        var from = query.Time(From);
        var to = query.Time(To);
        var limit = query.Integer(Limit);
        if (query.HasErrors)
            return query.Problem;
        if (accountId is not { } id || await reader.FindAsync(id, cancellationToken) is not { } account || account.UserId != context.User.UserId())
            return new ProblemResult(ProblemCatalog.AccountNotFound);

        var filter = new EntryQuery { AccountId = id, Direction = direction, From = from, To = to, Limit = (int)limit!.Value };
        if (query.Text(Cursor) is { } cursor)
        {
            if (PageCursor.Read(cursor, filter) is not { } beforeSeq)
                return new ProblemResult(ProblemCatalog.InvalidCursor);
            filter = filter with { BeforeSeq = beforeSeq };
        }

        var page = await history.ReadAsync(account, filter, cancellationToken);
        var owners = await directory.OwnersAsync(page.Entries.Select(static entry => entry.CounterpartyId), cancellationToken);
        var nextCursor = page.NextBeforeSeq is { } next ? PageCursor.Write(filter, next) : null;
        if (nextCursor is not null)
            context.Response.Headers.Link = $"<{PageCursor.Link(context.Request, nextCursor)}>; rel=\"next\"";
        return TypedResults.Ok(TransactionPage.From(page, owners, nextCursor));
    }

    /// <summary>An account's id from a path. What is no id is the id of no account.</summary>
    private static long? ParseId(string id) => QueryReader.TryParseInteger(id, out var value) ? value : null;
}
