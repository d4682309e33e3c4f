using Wallet.Ledger;
using static Wallet.Tests.Ledger.LedgerSamples;

namespace Wallet.Tests.Ledger;

public sealed class AccountOpeningTests
{
    private static readonly RecordedOpening Earlier = new(Number(1), AccountId: 1000);

    private static OpenAccountCommand Command(string currency = "SGD", string name = "savings", int fingerprint = 1) => new()
    {
        RequestId = Number(7),
        Fingerprint = Number(fingerprint),
        UserId = "zoë",
        Name = name,
        Currency = currency,
        Kind = AccountKind.User,
    };

    private static Account[] Owned(int count) =>
        [.. Enumerable.Range(1, count).Select(i => User(i) with { UserId = "zoë", Name = $"account {i}" })];

    private static Outcome Judge(OpenAccountCommand command, Account[]? owned = null, RecordedOpening? recorded = null) =>
        AccountOpening.Judge(command, Currencies, owned ?? [], recorded);

    [Theory]
    [InlineData(0, "SGD", "savings", Outcome.Done)]
    [InlineData(1, "SGD", "savings", Outcome.Done)]
    [InlineData(1, "SGD", "account 1", Outcome.AccountNameTaken)]
    [InlineData(1, "USD", "account 1", Outcome.Done)]
    [InlineData(1, "SGD", "Account 1", Outcome.Done)]
    [InlineData(0, "XXX", "savings", Outcome.CurrencyUnknown)]
    [InlineData(0, "sgd", "savings", Outcome.CurrencyUnknown)]
    [InlineData(49, "SGD", "savings", Outcome.Done)]
    [InlineData(50, "SGD", "savings", Outcome.TooManyAccounts)]
    [InlineData(50, "USD", "savings", Outcome.TooManyAccounts)]
    [InlineData(51, "SGD", "savings", Outcome.TooManyAccounts)]
    public void An_opening_is_judged_by_what_the_user_has(int owned, string currency, string name, Outcome expected) =>
        Assert.Equal(expected, Judge(Command(currency, name), Owned(owned)));

    [Theory]
    [InlineData(50, "SGD", "account 50", Outcome.AccountNameTaken)]
    [InlineData(50, "XXX", "savings", Outcome.CurrencyUnknown)]
    public void Of_several_refusals_the_lowest_number_is_given(int owned, string currency, string name, Outcome expected) =>
        Assert.Equal(expected, Judge(Command(currency, name), Owned(owned)));

    [Fact]
    public void A_currency_that_is_no_longer_kept_is_given_before_the_name() =>
        Assert.Equal(Outcome.CurrencyUnknown, Judge(Command("XXX"), [User(1, currency: "XXX") with { Name = "savings" }]));

    [Fact]
    public void The_same_request_again_is_done_whatever_the_user_has_by_now() =>
        Assert.Equal(Outcome.Done, Judge(Command("XXX", "account 50"), Owned(50), Earlier));

    [Fact]
    public void Another_request_under_the_same_key_is_refused_before_anything_else() =>
        Assert.Equal(Outcome.IdempotencyKeyReused, Judge(Command("XXX", "account 50", fingerprint: 2), Owned(50), Earlier));

    [Fact]
    public void An_account_starts_empty_and_active_at_the_head_of_its_own_chain()
    {
        var opened = AccountOpening.Open(Command(), id: 1000, Noon.AddTicks(1_234_567));

        var cut = Noon.AddTicks(1_234_560);
        Assert.Equal(
            new Account
            {
                Id = 1000,
                UserId = "zoë",
                Name = "savings",
                Currency = "SGD",
                Kind = AccountKind.User,
                Status = AccountStatus.Active,
                Balance = 0,
                Held = 0,
                Version = 1,
                EntryCount = 0,
                // sha256(b"WAO1" + struct.pack(">qq", 1000, 1767355200123456) + b"SGD" + "zoë".encode()) in Python
                Head = new Hash256(Convert.FromHexString("7d9df97ad2de12aadc4205c0c075e841e54675bda1272e3746d7f216277140fe")),
                CreatedAt = cut,
                ChangedAt = cut,
            },
            opened);
        Assert.Equal(DateTimeKind.Utc, opened.CreatedAt.Kind);
    }

    [Fact]
    public void An_account_is_of_the_kind_that_was_ordered() =>
        Assert.Equal(AccountKind.System, AccountOpening.Open(Command() with { Kind = AccountKind.System }, id: 1, Noon).Kind);

    [Fact]
    public void The_chain_of_a_new_account_verifies() =>
        Assert.Equal(ChainFault.None, new ChainVerifier(AccountOpening.Open(Command(), id: 1000, Noon.AddTicks(9))).Finish());
}
