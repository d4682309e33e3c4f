namespace Wallet.Bench.Load;

/// <summary>What is asked for.</summary>
internal enum RequestKind
{
    Transfer,
    Balance,
    History,
}

/// <summary>How often each kind of request comes, as parts of the sum.</summary>
internal readonly record struct RequestMix(int Transfers, int Balances, int Histories)
{
    public int Sum => Transfers + Balances + Histories;

    public IEnumerable<RequestKind> Kinds => Enum.GetValues<RequestKind>().Where(Has);

    private bool Has(RequestKind kind) => kind switch
    {
        RequestKind.Transfer => Transfers,
        RequestKind.Balance => Balances,
        RequestKind.History => Histories,
    } > 0;
}

/// <summary>What a host is asked for, and by whom.</summary>
/// <param name="Name">How it is named on the command line.</param>
/// <param name="Description">What it is, in a few words.</param>
/// <param name="Mix">The kinds of request.</param>
internal sealed record Scenario(string Name, string Description, RequestMix Mix)
{
    /// <summary>Whether one account pays everybody, instead of all users each other.</summary>
    public bool OnePayer { get; init; }

    /// <summary>Whether everybody pays one account.</summary>
    public bool OnePayee { get; init; }

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("uniform", "transfers between any two accounts", new(1, 0, 0)),
        new("hot-payee", "everyone pays one shop", new(1, 0, 0)) { OnePayee = true },
        new("hot-payer", "one account pays everyone", new(1, 0, 0)) { OnePayer = true },
        new("balance", "reads of one's own balance", new(0, 1, 0)),
        new("history", "the latest 20 of one's own transactions", new(0, 0, 1)),
        new("mix", "one transfer, nine balances, one page of history", new(1, 9, 1)),
    ];
}
