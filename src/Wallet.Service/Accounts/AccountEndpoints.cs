using Microsoft.AspNetCore.Http.HttpResults;
using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Sessions;
using Wallet.Service.Storage;

namespace Wallet.Service.Accounts;

/// <summary>Accounts, balances and their history.</summary>
internal static class AccountEndpoints
{
    private const long NoAccount = 0; // ids begin with 1

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

    private static Task<Results<Ok<AccountResponse>, ProblemResult>> FindAsync(
        string id, HttpContext context, AccountDirectory directory, AccountReader reader, CurrencyTable currencies, CancellationToken cancellationToken) =>
        ShowAsync(Parse(id), context, directory, reader, currencies, cancellationToken);

    private static async Task<Results<Ok<AccountResponse>, ProblemResult>> BalanceAsync(
        HttpContext context, AccountDirectory directory, AccountReader reader, CurrencyTable currencies, CancellationToken cancellationToken)
    {
        var query = QueryReader.Of(context);
        var choice = Choose(query);
        return query.HasErrors ? query.Problem : await ShowAsync(choice, context, directory, reader, currencies, cancellationToken);
    }

    private static Task<Results<Ok<TransactionPage>, ProblemResult>> TransactionsAsync(
        HttpContext context, AccountDirectory directory, AccountReader reader, HistoryReader history, CancellationToken cancellationToken)
    {
        var query = QueryReader.Of(context);
        return PageAsync(Choose(query), query, context, directory, reader, history, cancellationToken);
    }

    private static Task<Results<Ok<TransactionPage>, ProblemResult>> AccountTransactionsAsync(
        string id, HttpContext context, AccountDirectory directory, AccountReader reader, HistoryReader history, CancellationToken cancellationToken) =>
        PageAsync(Parse(id), QueryReader.Of(context), context, directory, reader, history, cancellationToken);

    /// <summary>Which of her accounts the user names in the query, or means.</summary>
    private static AccountChoice Choose(QueryReader query)
    {
        var accountId = query.Integer(AccountId);
        var currency = query.Text(Currency);
        if (currency is not null && !TextRules.IsCurrencyCode(currency))
            query.Refuse(Currency, "Three capital letters are expected, such as SGD.");
        else if (currency is not null && accountId is not null)
            query.Refuse(Currency, "It cannot be given together with account_id.");
        return new AccountChoice(accountId, currency);
    }

    /// <summary>The account as it is now; null where the user has none that fits.</summary>
    private static async ValueTask<Account?> ReadAsync(
        AccountChoice choice, HttpContext context, AccountDirectory directory, AccountReader reader, CancellationToken cancellationToken)
    {
        var userId = context.User.UserId();
        if (choice.Id is not { } id)
            return await directory.ReadOldestAsync(userId, choice.Currency, cancellationToken);
        return await reader.FindAsync(id, cancellationToken) is { } account && account.UserId == userId ? account : null;
    }

    private static async Task<Results<Ok<AccountResponse>, ProblemResult>> ShowAsync(
        AccountChoice choice, HttpContext context, AccountDirectory directory, AccountReader reader, CurrencyTable currencies,
        CancellationToken cancellationToken) =>
        await ReadAsync(choice, context, directory, reader, cancellationToken) is { } account
            ? TypedResults.Ok(AccountResponse.From(account, currencies))
            : new ProblemResult(ProblemCatalog.AccountNotFound);

    private static async Task<Results<Ok<TransactionPage>, ProblemResult>> PageAsync(
        AccountChoice choice, QueryReader query, HttpContext context, AccountDirectory directory, AccountReader reader, HistoryReader history,
        CancellationToken cancellationToken)
    {
        var direction = query.Choice(Direction);
        var from = query.Time(From);
        var to = query.Time(To);
        var limit = query.Integer(Limit);
        if (query.HasErrors)
            return query.Problem;
        if (await ReadAsync(choice, context, directory, reader, cancellationToken) is not { } account)
            return new ProblemResult(ProblemCatalog.AccountNotFound);

        var filter = new EntryQuery { AccountId = account.Id, Direction = direction, From = from, To = to, Limit = (int)limit!.Value };
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

    /// <summary>The account that a path names. What is no id is the id of no account.</summary>
    private static AccountChoice Parse(string id) => new(QueryReader.TryParseInteger(id, out var value) ? value : NoAccount, null);

    /// <param name="Id">The account; null where the user's oldest is meant.</param>
    /// <param name="Currency">In which currency, where the oldest is meant and it matters.</param>
    private readonly record struct AccountChoice(long? Id, string? Currency);
}
