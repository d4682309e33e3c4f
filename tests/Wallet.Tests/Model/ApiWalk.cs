using System.Globalization;
using System.Text.Json;
using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Startup;
using Wallet.Service.Storage;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Model;

/// <summary>
/// A random walk through the API, one request after the other, with the model beside it. What is drawn comes from a seed. The model is told the
/// times and the new ids that the service gives; everything else it must say by itself.
/// </summary>
internal sealed class ApiWalk(WalletFixture wallet, int seed)
{
    private const int Keys = 5;
    private const long StrangersAccount = 999_999_999;

    // As docs/api.md and docs/problems.md have it.
    private static readonly Dictionary<Outcome, (int Status, string Code)> Problems = new()
    {
        [Outcome.IdempotencyKeyReused] = (422, "idempotency_key_reused"),
        [Outcome.CurrencyUnknown] = (422, "currency_unknown"),
        [Outcome.AmountOutOfRange] = (422, "amount_out_of_range"),
        [Outcome.PayerNotFound] = (404, "account_not_found"),
        [Outcome.PayeeNotFound] = (404, "recipient_not_found"),
        [Outcome.SelfTransfer] = (422, "self_transfer"),
        [Outcome.CurrencyMismatch] = (422, "currency_mismatch"),
        [Outcome.PayerFrozen] = (422, "account_frozen"),
        [Outcome.PayeeUnavailable] = (422, "recipient_unavailable"),
        [Outcome.InsufficientFunds] = (422, "insufficient_funds"),
        [Outcome.BalanceLimitExceeded] = (422, "balance_limit_exceeded"),
        [Outcome.AccountNameTaken] = (422, "account_name_taken"),
    };

    private static readonly Dictionary<string, int> Decimals = new() { ["SGD"] = 0, ["USD"] = 2, ["EUR"] = 2, ["JPY"] = 0 };

    private readonly WalletHost _host = wallet.Host;
    private readonly Random _random = new(seed);
    private readonly LedgerModel _model = new(new Dictionary<string, long> { ["SGD"] = 999_999, ["USD"] = 99_999_999, ["EUR"] = 99_999_999, ["JPY"] = 99_999_999 });
    private readonly List<TestUser> _users = [];
    private readonly Dictionary<(string User, int Key), string> _bodies = [];
    private readonly Dictionary<string, Guid> _fingerprints = [];
    private readonly Dictionary<Guid, string> _firstAnswers = [];

    /// <summary>What the transfers came to.</summary>
    public List<(Outcome Outcome, bool IsReplay)> Outcomes { get; } = [];

    /// <summary>Takes so many steps and compares what each says.</summary>
    public async Task RunAsync(int steps)
    {
        await BeginAsync();
        for (var i = 0; i < steps; i++)
        {
            try
            {
                await (_random.Next(20) switch
                {
                    < 11 => TransferAsync(),
                    < 13 => DepositAsync(),
                    13 => SetStatusAsync(),
                    14 => OpenAsync(Any(_users), _random.GetItems(["SGD", "USD", "XXX"], 1)[0], _random.GetItems(["main", "savings", "trip"], 1)[0]),
                    < 18 => HistoryAsync(),
                    _ => FindTransferAsync(),
                });
                await BalancesAsync(Any(_users));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Step {i} of the walk with the seed {seed}: {e.Message}", e);
            }
        }

        foreach (var user in _users)
            await BalancesAsync(user);
    }

    private async Task BeginAsync()
    {
        foreach (var currency in new[] { "SGD", "USD" })
        {
            var world = await _host.WorldAsync(currency);
            _model.Opened(Opening(SystemAccounts.World, currency, "main", AccountKind.System), world.Id, world.CreatedAt);
        }

        for (var i = 0; i < 4; i++)
            _users.Add(await _host.SignInAsync($"walker-{Guid.NewGuid():N}"));
        foreach (var user in _users.Take(3)) // the fourth has no account yet
            await OpenAsync(user, "SGD", "main");
        await OpenAsync(_users[0], "USD", "main");
    }

    private async Task OpenAsync(TestUser user, string currency, string name)
    {
        var command = Opening(user.Id, currency, name, AccountKind.User);
        var (outcome, _) = _model.Open(command);
        var answer = await user.PostAsync("/v1/accounts", JsonSerializer.Serialize(new { currency, name }));
        if (outcome != Outcome.Done)
        {
            answer.AssertProblem(Problems[outcome].Status, Problems[outcome].Code);
            return;
        }

        answer.AssertStatus(201);
        _model.Opened(command, answer.Body.GetProperty("account_id").GetInt64(), Time(answer.Body, "created_at"));
        AssertAccount(_model.Accounts[^1], answer.Body);
    }

    private async Task DepositAsync()
    {
        var account = Any([.. _model.Accounts.Where(a => !a.IsSystem)]);
        var command = new TransferCommand
        {
            Id = Guid.NewGuid(),
            IsKeyed = true,
            Fingerprint = Guid.NewGuid(),
            Kind = TransferKind.Deposit,
            RequestedBy = SystemAccounts.World,
            PayerId = _model.AccountsOf(SystemAccounts.World).Single(a => a.Currency == account.Currency).Id,
            PayeeId = account.Id,
            Amount = _random.Next(1, 200),
            Currency = account.Currency,
        };
        var answer = await _host.Queue.SubmitAsync(command);
        var expected = Assert.Single(_model.Decide([command], answer.Decision.Transfer!.CreatedAt));
        Assert.Equal(expected.Outcome, answer.Decision.Outcome);
    }

    private async Task SetStatusAsync()
    {
        var account = Any([.. _model.Accounts.Where(a => !a.IsSystem)]);
        var status = _random.Next(3) == 0 ? AccountStatus.Frozen : AccountStatus.Active;
        await wallet.ExecuteSqlAsync($"UPDATE accounts SET status = {(int)status}, version = version + 1 WHERE id = {account.Id}");
        _model.Change(account.Id, status, held: 0);
    }

    private async Task TransferAsync()
    {
        var user = Any(_users);
        int? key = _random.Next(2) == 0 ? _random.Next(Keys) : null;
        var isAgain = key is { } k && _bodies.ContainsKey((user.Id, k)) && _random.Next(3) > 0;
        var body = isAgain ? _bodies[(user.Id, key!.Value)] : NewBody();
        if (key is { } used)
            _bodies.TryAdd((user.Id, used), body);

        var answer = await user.PostAsync("/v1/transfers", body, key is { } n ? $"key-{n}" : null);

        var recorded = key is { } number ? RequestId.FromKey(user.Id, $"key-{number}") : answer.Status == 201 ? answer.Body.GetProperty("id").GetGuid() : Guid.NewGuid();
        var now = answer.Status == 201 ? Time(answer.Body, "created_at")
            : key is not null && await user.GetAsync($"/v1/transfers/{recorded}") is { Status: 200 } rejected ? Time(rejected.Body, "created_at")
            : DateTime.UnixEpoch;
        var expected = Assert.Single(_model.Decide([CommandOf(body, user, recorded, isKeyed: key is not null)], now));
        Outcomes.Add((expected.Outcome, expected.IsReplay));

        Assert.Equal(expected.IsReplay ? "true" : null, answer.Header("Idempotent-Replayed"));
        if (expected.Outcome != Outcome.Done)
        {
            answer.AssertProblem(Problems[expected.Outcome].Status, Problems[expected.Outcome].Code);
            return;
        }

        answer.AssertStatus(201);
        AssertTransfer(expected.Transfer!, user.Id, answer.Body);
        Assert.Equal(_firstAnswers.TryAdd(recorded, answer.Text), !expected.IsReplay);
        Assert.Equal(_firstAnswers[recorded], answer.Text);
    }

    private string NewBody()
    {
        var body = new Dictionary<string, object>
        {
            ["amount"] = _random.Next(12) switch { 0 => -1, 1 => 0, 2 => 1_000_000, 3 => 999_999, _ => _random.Next(1, 60) },
        };
        if (_random.Next(4) == 0)
            body["to_account_id"] = Any([.. _model.Accounts.Select(a => a.Id), StrangersAccount]);
        else
            body["to_user_id"] = Any([.. _users.Select(u => u.Id), "nobody-of-this-name"]);
        if (_random.Next(4) == 0)
            body["from_account_id"] = Any([.. _model.Accounts.Select(a => a.Id), StrangersAccount]);
        if (_random.Next(4) == 0)
            body["currency"] = Any(["SGD", "USD", "XXX"]);
        if (_random.Next(3) == 0)
            body["message"] = Any(["", "lunch", "zwei Bücher 📚"]);
        return JsonSerializer.Serialize(body);
    }

    /// <summary>What the request means, by the rules of <c>docs/api.md</c>: the oldest account that fits where none is named.</summary>
    private TransferCommand CommandOf(string text, TestUser user, Guid id, bool isKeyed)
    {
        var body = JsonSerializer.Deserialize<JsonElement>(text);
        var currency = body.TryGetProperty("currency", out var given) ? given.GetString() : null;
        var payer = body.TryGetProperty("from_account_id", out var from)
            ? _model.Accounts.SingleOrDefault(a => a.Id == from.GetInt64() && a.UserId == user.Id)
            : _model.AccountsOf(user.Id).FirstOrDefault(a => currency is null || a.Currency == currency);
        currency ??= payer?.Currency ?? "SGD";
        var payee = body.TryGetProperty("to_account_id", out var to)
            ? _model.Accounts.SingleOrDefault(a => a.Id == to.GetInt64() && !a.IsSystem)
            : _model.AccountsOf(body.GetProperty("to_user_id").GetString()!).FirstOrDefault(a => a.Currency == currency);
        if (!_fingerprints.TryGetValue(text, out var fingerprint))
            _fingerprints.Add(text, fingerprint = Guid.NewGuid());
        return new TransferCommand
        {
            Id = id,
            IsKeyed = isKeyed,
            Fingerprint = fingerprint,
            Kind = TransferKind.Transfer,
            RequestedBy = user.Id,
            PayerId = payer?.Id,
            PayeeId = payee?.Id,
            Amount = body.GetProperty("amount").GetInt64(),
            Currency = currency,
            Message = body.TryGetProperty("message", out var message) ? message.GetString() : null,
        };
    }

    private async Task FindTransferAsync()
    {
        var user = Any(_users);
        var transfer = _model.Transfers.Count == 0 ? null : Any(_model.Transfers);
        var answer = await user.GetAsync($"/v1/transfers/{transfer?.Id ?? Guid.NewGuid()}");
        string?[] mayKnow = transfer is null ? []
            : transfer.Outcome == Outcome.Done ? [transfer.RequestedBy, _model.Account(transfer.PayerId!.Value).UserId, _model.Account(transfer.PayeeId!.Value).UserId]
            : [transfer.RequestedBy];
        if (!mayKnow.Contains(user.Id))
        {
            answer.AssertProblem(404, "transfer_not_found");
            return;
        }

        answer.AssertStatus(200);
        AssertTransfer(transfer!, user.Id, answer.Body);
    }

    /// <summary>All of a user's accounts, in every way that they can be asked for.</summary>
    private async Task BalancesAsync(TestUser user)
    {
        var owned = _model.AccountsOf(user.Id).ToList();
        var list = (await user.GetAsync("/v1/accounts")).Body.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(owned.Count, list.Count);
        foreach (var (account, shown) in owned.Zip(list))
            AssertAccount(account, shown);

        var currency = Any(["SGD", "USD"]);
        await AssertBalanceAsync("/v1/balance", owned.FirstOrDefault());
        await AssertBalanceAsync($"/v1/balance?currency={currency}", owned.FirstOrDefault(a => a.Currency == currency));
        var any = Any([.. _model.Accounts]);
        await AssertBalanceAsync($"/v1/accounts/{any.Id}", any.UserId == user.Id ? any : null);

        async Task AssertBalanceAsync(string path, ModelAccount? account)
        {
            var answer = await user.GetAsync(path);
            if (account is null)
                answer.AssertProblem(404, "account_not_found");
            else
                AssertAccount(account, answer.Body);
        }
    }

    private async Task HistoryAsync()
    {
        var account = Any([.. _model.Accounts.Where(a => !a.IsSystem)]);
        var user = _users.Single(u => u.Id == account.UserId);
        var times = account.Lines.Select(l => l.CreatedAt).Append(account.CreatedAt).ToList();
        var query = new EntryQuery
        {
            AccountId = account.Id,
            Direction = _random.Next(3) switch { 0 => EntryDirection.In, 1 => EntryDirection.Out, _ => null },
            From = _random.Next(3) == 0 ? Any(times).AddMicroseconds(_random.Next(-1, 2)) : null,
            To = _random.Next(3) == 0 ? Any(times).AddMicroseconds(_random.Next(-1, 2)) : null,
            Limit = _random.Next(1, 9),
        };
        var filter = string.Create(CultureInfo.InvariantCulture, $"?limit={query.Limit}")
            + (query.Direction is { } direction ? $"&direction={(direction == EntryDirection.In ? "in" : "out")}" : "")
            + (query.From is { } from ? $"&from={Format(from)}" : "")
            + (query.To is { } to ? $"&to={Format(to)}" : "");

        var shown = new List<JsonElement>();
        for (var path = _random.Next(2) == 0 ? $"/v1/accounts/{account.Id}/transactions{filter}" : $"/v1/transactions{filter}&account_id={account.Id}"; ;)
        {
            var answer = await user.GetAsync(path);
            answer.AssertStatus(200);
            var page = answer.Body.GetProperty("data").EnumerateArray().ToList();
            Assert.InRange(page.Count, 0, query.Limit);
            shown.AddRange(page);
            if (!answer.Body.GetProperty("has_more").GetBoolean())
                break;
            path = answer.Header("Link")!.Split('<', '>')[1];
            Assert.Contains(answer.Body.GetProperty("next_cursor").GetString()!, path, StringComparison.Ordinal);
        }

        var expected = account.History(query).ToList();
        Assert.Equal(expected.Select(l => l.Seq), shown.Select(s => s.GetProperty("seq").GetInt64()));
        foreach (var (line, entry) in expected.Zip(shown))
        {
            Assert.Equal(
                (line.TransferId, line.AccountId, line.Amount, line.BalanceAfter, line.Message, line.CreatedAt),
                (entry.GetProperty("transfer_id").GetGuid(), entry.GetProperty("account_id").GetInt64(), entry.GetProperty("amount").GetInt64(),
                    entry.GetProperty("balance_after").GetInt64(), TextOf(entry, "message"), Time(entry, "created_at")));
            Assert.Equal((line.Kind == TransferKind.Deposit ? "deposit" : "transfer", line.Amount > 0 ? "in" : "out"), (TextOf(entry, "kind"), TextOf(entry, "direction")));
            AssertParty(line.CounterpartyId, entry.GetProperty("counterparty"));
        }

        static string Format(DateTime time) => Uri.EscapeDataString(time.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture));
    }

    private static void AssertAccount(ModelAccount account, JsonElement shown)
    {
        Assert.Equal(
            (account.Id, account.UserId, account.Name, account.Currency, Decimals[account.Currency], account.CreatedAt),
            (shown.GetProperty("account_id").GetInt64(), TextOf(shown, "user_id"), TextOf(shown, "name"), TextOf(shown, "currency"),
                shown.GetProperty("decimals").GetInt32(), Time(shown, "created_at")));
        Assert.Equal(
            ((long)account.Balance, account.Held, (long)account.Balance - account.Held, account.Lines.Count, account.Status == AccountStatus.Frozen ? "frozen" : "active"),
            (shown.GetProperty("balance").GetInt64(), shown.GetProperty("held").GetInt64(), shown.GetProperty("available").GetInt64(),
                shown.GetProperty("entry_count").GetInt32(), TextOf(shown, "status")));
    }

    private void AssertTransfer(Transfer transfer, string viewer, JsonElement shown)
    {
        var isPosted = transfer.Outcome == Outcome.Done;
        Assert.Equal(
            (transfer.Id, transfer.Amount, transfer.Currency, transfer.Message, transfer.CreatedAt, isPosted ? "posted" : "rejected"),
            (shown.GetProperty("id").GetGuid(), shown.GetProperty("amount").GetInt64(), TextOf(shown, "currency"), TextOf(shown, "message"),
                Time(shown, "created_at"), TextOf(shown, "status")));
        Assert.Equal(isPosted ? null : Problems[transfer.Outcome].Code, TextOf(shown, "refusal"));
        Assert.Equal(isPosted, shown.TryGetProperty("payer", out var payer));
        Assert.Equal(isPosted, shown.TryGetProperty("payee", out var payee));
        if (isPosted)
        {
            AssertParty(transfer.PayerId!.Value, payer);
            AssertParty(transfer.PayeeId!.Value, payee);
        }

        long? balanceAfter = shown.TryGetProperty("balance_after", out var after) ? after.GetInt64() : null;
        Assert.Equal(isPosted && _model.Account(transfer.PayerId!.Value).UserId == viewer ? transfer.PayerBalanceAfter : null, balanceAfter);
    }

    private void AssertParty(long accountId, JsonElement shown) =>
        Assert.Equal((accountId, _model.Account(accountId).UserId), (shown.GetProperty("account_id").GetInt64(), TextOf(shown, "user_id")));

    private static OpenAccountCommand Opening(string userId, string currency, string name, AccountKind kind) => new()
    {
        RequestId = Guid.NewGuid(),
        Fingerprint = Guid.NewGuid(),
        UserId = userId,
        Name = name,
        Currency = currency,
        Kind = kind,
    };

    private static DateTime Time(JsonElement body, string member) => body.GetProperty(member).GetDateTime().ToUniversalTime();

    private static string? TextOf(JsonElement body, string member) => body.TryGetProperty(member, out var value) ? value.GetString() : null;

    private T Any<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
