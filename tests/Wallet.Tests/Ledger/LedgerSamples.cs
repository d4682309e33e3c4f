using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

/// <summary>Short names for the accounts and commands of the tests, so that a case fits on a line.</summary>
internal static class LedgerSamples
{
    public const long World = 1;
    public const long WorldUsd = 2;
    public const long Alice = 11;
    public const long AliceUsd = 12;
    public const long Bob = 13;
    public const long BobUsd = 14;
    public const long Carol = 15;

    /// <summary>An id that no account has.</summary>
    public const long Nobody = 99;

    public static readonly DateTime Noon = new(2026, 1, 2, 12, 0, 0, DateTimeKind.Utc);

    public static readonly CurrencyTable Currencies =
        new([new Currency("SGD", 0, 999_999), new Currency("USD", 2, 500), new Currency("JPY", 0, long.MaxValue)]);

    public static readonly BatchPlanner Planner = new(Currencies);

    public static string Owner(long accountId) => accountId switch
    {
        World or WorldUsd => "@world",
        Alice or AliceUsd => "alice",
        Bob or BobUsd => "bob",
        Carol => "carol",
        _ => $"owner of {accountId}",
    };

    /// <summary>An account as the planner reads it, which never asks where a balance came from; only one of 0 has a chain that verifies.</summary>
    public static Account User(long id, long balance = 0, string currency = "SGD") => new()
    {
        Id = id,
        UserId = Owner(id),
        Name = "main",
        Currency = currency,
        Kind = AccountKind.User,
        Status = AccountStatus.Active,
        Balance = balance,
        Held = 0,
        Version = 1,
        EntryCount = 0,
        Head = HashChain.Opening(id, Owner(id), currency, Noon.AddDays(-1)),
        CreatedAt = Noon.AddDays(-1),
        ChangedAt = Noon.AddDays(-1),
    };

    public static Account Outside(long id, long balance = 0, string currency = "SGD") =>
        User(id, balance, currency) with { Kind = AccountKind.System };

    /// <summary>A transfer that the payer's owner asks for, unless <paramref name="by"/> names someone else. It has no key.</summary>
    public static TransferCommand Pay(long? payer, long? payee, long amount, string currency = "SGD", string? by = null) => new()
    {
        Id = Guid.NewGuid(),
        IsKeyed = false,
        Fingerprint = Guid.NewGuid(),
        Kind = TransferKind.Transfer,
        RequestedBy = by ?? Owner(payer ?? Alice),
        PayerId = payer,
        PayeeId = payee,
        Amount = amount,
        Currency = currency,
    };

    /// <summary>A deposit that an operator asks for. It has no key.</summary>
    public static TransferCommand Deposit(long? payer, long? payee, long amount, string currency = "SGD") =>
        Pay(payer, payee, amount, currency, by: "operator") with { Kind = TransferKind.Deposit };

    /// <summary>The same command under an idempotency key. Another fingerprint stands for another request.</summary>
    public static TransferCommand Keyed(this TransferCommand command, int key, int fingerprint = 1) =>
        command with { Id = Number(key), IsKeyed = true, Fingerprint = Number(fingerprint) };

    public static Guid Number(int number) => new(number, 0, 0, new byte[8]);

    public static BatchPlan Plan(
        IReadOnlyCollection<Account> accounts,
        IReadOnlyList<TransferCommand> commands,
        IReadOnlyCollection<Transfer>? recorded = null,
        DateTime? now = null) =>
        Planner.Plan(new LedgerSnapshot(accounts, recorded ?? []), commands, now ?? Noon);

    /// <summary>Plans one batch and checks the outcome of each command.</summary>
    public static BatchPlan Decides(IReadOnlyCollection<Account> accounts, params (TransferCommand Command, Outcome Outcome)[] rows)
    {
        var plan = Plan(accounts, [.. rows.Select(r => r.Command)]);
        Assert.Equal(rows.Select(r => r.Outcome), plan.Decisions.Select(d => d.Outcome));
        return plan;
    }

    /// <summary>The accounts that a plan changes, with their new balances.</summary>
    public static IEnumerable<(long AccountId, long Balance)> Balances(this BatchPlan plan) =>
        plan.Changes.Select(c => (c.After.Id, c.After.Balance));
}
