namespace Wallet.Tests.Security;

/// <summary>Who calls.</summary>
internal enum Caller
{
    /// <summary>No token, or a header that holds none.</summary>
    Nobody,

    /// <summary>A token that is unknown or revoked, or has expired; a JWT that somebody else has signed, or that is for somebody else.</summary>
    Invalid,

    /// <summary>A valid session or JWT without a scope of ours.</summary>
    Unscoped,

    /// <summary>The user whose account and transfer are asked for.</summary>
    Owner,

    /// <summary>The user whom the owner has paid.</summary>
    Payee,

    /// <summary>A user with an account who has no part in it.</summary>
    Stranger,

    /// <summary>A signed-in user without an account.</summary>
    Newcomer,

    /// <summary>An operator whose token has no scope but <c>admin</c>.</summary>
    Operator,
}

/// <summary>What a route answers to each kind of caller.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Route">The route's pattern.</param>
/// <param name="Answers">The statuses, in the order of <see cref="Caller"/>.</param>
/// <param name="Path">What is called: {account} and {transfer} stand for the owner's.</param>
/// <param name="Body">What is sent.</param>
internal sealed record AccessRow(string Method, string Route, int[] Answers, string? Path = null, string? Body = null)
{
    public int For(Caller caller) => Answers[(int)caller];

    public override string ToString() => $"{Method} {Route}";
}

/// <summary>Every route against every kind of caller. docs/security.md shows the same table.</summary>
internal static class AccessTable
{
    public static readonly IReadOnlyList<AccessRow> Rows =
    [
        // nobody, invalid, unscoped, owner, payee, stranger, newcomer, operator
        new("POST", "/v1/transfers", [401, 401, 403, 201, 404, 404, 404, 403], Body: """{"from_account_id": {account}, "to_user_id": "{payee}", "amount": 1}"""),
        new("GET", "/v1/transfers/{id}", [401, 401, 403, 200, 200, 404, 404, 403], "/v1/transfers/{transfer}"),
        new("POST", "/v1/accounts", [401, 401, 403, 201, 201, 201, 201, 403], Body: """{"currency": "SGD", "name": "of {caller}"}"""),
        new("GET", "/v1/accounts", [401, 401, 403, 200, 200, 200, 200, 403]),
        new("GET", "/v1/accounts/{id}", [401, 401, 403, 200, 404, 404, 404, 403], "/v1/accounts/{account}"),
        new("GET", "/v1/accounts/{id}/transactions", [401, 401, 403, 200, 404, 404, 404, 403], "/v1/accounts/{account}/transactions"),
        new("GET", "/v1/balance", [401, 401, 403, 200, 404, 404, 404, 403], "/v1/balance?account_id={account}"),
        new("GET", "/v1/transactions", [401, 401, 403, 200, 404, 404, 404, 403], "/v1/transactions?account_id={account}"),
        new("GET", "/v1/admin/audit", [401, 401, 403, 403, 403, 403, 403, 200]),
        Open("/"),
        Open("/health/live"),
        Open("/health/ready"),
        Open("/metrics"),
        Open("/openapi/v1.json"),
        Open("/docs/{documentName?}", "/docs/"),
        Open("/docs/scalar.js"),
        Open("/docs/scalar.aspnetcore.js"),
        Open("/docs/favicon.svg"),
        Open("/problems"),
        Open("/problems/{code}", "/problems/insufficient_funds"),
    ];

    private static AccessRow Open(string route, string? path = null) => new("GET", route, [.. Enumerable.Repeat(200, Enum.GetValues<Caller>().Length)], path);
}
