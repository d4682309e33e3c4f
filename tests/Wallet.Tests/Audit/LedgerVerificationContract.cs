using Microsoft.Extensions.Time.Testing;
using Wallet.Ledger;
using Wallet.Service.Audit;
using Wallet.Service.Storage;
using Wallet.Tests.Storage;
using static Wallet.Tests.Storage.LedgerCommands;

namespace Wallet.Tests.Audit;

/// <summary>What is found of each way to break a ledger. Each store's tests inherit it.</summary>
public abstract class LedgerVerificationContract(LedgerFixture ledger)
{
    private protected static readonly DateTime Noon = new(2030, 1, 31, 12, 0, 0, DateTimeKind.Utc);

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Takes away what the database refuses by itself, in this fixture's statements.</summary>
    private protected abstract string[] Disarm { get; }

    /// <summary>The statements of a corruption, with {0} for the payer (three entries), {1} for the payee (two), {2} for the second entry's transfer.</summary>
    private protected abstract string Blob(string hexadecimal);

    public static TheoryData<string, string> Corruptions => new()
    {
        { "amount", "wrong_balance" },
        { "amount and balance", "broken_hash" },
        { "balance after", "wrong_balance" },
        { "hash", "broken_hash" },
        { "message of an entry", "broken_hash" },
        { "counterparty", "broken_hash" },
        { "time of an entry, earlier", "went_back_in_time" },
        { "sequence number", "sequence_gap" },
        { "entry removed from the middle", "sequence_gap" },
        { "latest entry removed", "head_mismatch" },
        { "balance of the account", "head_mismatch" },
        { "entry count", "head_mismatch" },
        { "head hash", "head_mismatch" },
        { "time of change", "wrong_changed_at" },
        { "owner", "broken_hash" },
        { "held more than the balance", "below_zero" },
        { "balance below zero", "below_zero" },
        { "transfer removed", "transfer_missing" },
        { "transfer refused", "transfer_not_posted" },
        { "amount of the transfer", "wrong_amount" },
        { "payee of the transfer", "wrong_parties" },
        { "currency of the transfer", "wrong_parties" },
        { "message of the transfer", "wrong_details" },
        { "balance in the transfer", "wrong_details" },
        { "transfer without entries", "entry_missing" },
        { "account removed", "entry_missing" },
        { "kind that does not exist", "unreadable" },
        { "sum", "sum_not_zero" },
        { "entry of no account", "stray_entries" },
    };

    [Theory]
    [MemberData(nameof(Corruptions))]
    public async Task A_corruption_is_found_by_name_and_place(string name, string kind)
    {
        await using var broken = await BrokenLedger.CreateAsync(ledger, Disarm);
        await broken.ExecuteAsync(SqlOf(name));

        var report = await VerifyAsync(broken.Store);

        Assert.False(report.Intact);
        var finding = report.Findings.FirstOrDefault(f => f.Kind == kind);
        Assert.True(finding is not null, $"{kind} is not among {string.Join("; ", report.Findings)}");
        var isOfTransfer = kind is "transfer_missing" or "transfer_not_posted" or "wrong_amount" or "wrong_parties" or "wrong_details";
        Assert.Equal(isOfTransfer ? broken.Transfer : finding.TransferId, finding.TransferId);
        Assert.Equal(kind is "sum_not_zero" or "stray_entries" ? null : name == "transfer without entries" ? broken.World.Id : broken.Payer.Id, finding.AccountId);
    }

    [Fact]
    public async Task An_intact_ledger_is_intact_and_counted()
    {
        await using var intact = await BrokenLedger.CreateAsync(ledger, Disarm);

        var report = await VerifyAsync(intact.Store);

        Assert.True(report.Intact, string.Join("; ", report.Findings));
        Assert.Equal((3, 8, 5), (report.Accounts, report.Entries, report.Transfers)); // one of the transfers was refused
        Assert.Equal([new CurrencyTotals("SGD", 3, 0, 8)], report.Currencies);
        Assert.Equal(0, report.FindingCount);
    }

    [Fact]
    public async Task A_ledger_without_accounts_is_intact()
    {
        await using var empty = await ledger.CreateEmptyAsync();
        await using var store = empty.CreateStore(LedgerFixture.Currencies);
        await store.MigrateAsync(Cancel);

        Assert.True((await VerifyAsync((IAuditStore)store)).Intact);
    }

    [Fact]
    public async Task A_clock_that_is_ahead_is_a_warning_and_the_ledger_is_intact()
    {
        await using var ahead = await BrokenLedger.CreateAsync(ledger, Disarm);

        var report = await VerifyAsync(ahead.Store, now: Noon.AddHours(-1));

        Assert.True(report.Intact);
        Assert.Equal(3, report.FindingCount);
        Assert.All(report.Findings, f => Assert.Equal(("in_the_future", true), (f.Kind, f.Warning)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    public async Task A_walk_in_small_steps_reads_no_more_than_it_may_and_sees_everything_once(int rowsMax)
    {
        await using var large = await BrokenLedger.CreateAsync(ledger, Disarm);
        await large.PayManyAsync(300);
        var walk = Walk(large.Store, rowsMax);
        var (accounts, entries, transfers) = (0L, 0L, 0L);

        for (var position = AuditPosition.Begin; position.Phase != AuditPhase.Resting;)
        {
            var step = await walk.StepAsync(position, Cancel);
            Assert.Empty(step.Findings);
            Assert.InRange(step.Entries, 0, rowsMax);
            Assert.InRange(step.Accounts, 0, rowsMax);
            Assert.InRange(step.Transfers, 0, rowsMax);
            (accounts, entries, transfers) = (accounts + step.Accounts, entries + step.Entries, transfers + step.Transfers);
            position = step.Next;
        }

        Assert.Equal((3, 608, 305), (accounts, entries, transfers));
    }

    [Fact]
    public async Task A_large_account_is_gone_on_with_where_it_was_left_and_a_fault_far_inside_is_found_once()
    {
        await using var large = await BrokenLedger.CreateAsync(ledger, Disarm);
        await large.PayManyAsync(300);
        await large.ExecuteAsync([$"UPDATE entries SET hash = {Blob(new string('7', 64))} WHERE account_id = {large.Payer.Id} AND seq = 200"]);
        var walk = Walk(large.Store, rowsMax: 50);
        var positions = new List<ChainPosition?>();
        var findings = new List<LedgerFinding>();

        for (var position = AuditPosition.Begin; position.Phase == AuditPhase.Accounts;)
        {
            var step = await walk.StepAsync(position, Cancel);
            findings.AddRange(step.Findings);
            position = step.Next;
            if (position.AccountId == large.Payer.Id)
                positions.Add(position.Chain);
        }

        Assert.True(positions.Count(p => p is not null) >= 5);
        // The entry, and the one after it whose hash no longer follows.
        Assert.Equal([200, 201], findings.Select(f => f.Seq));
        Assert.All(findings, f => Assert.Equal((FindingKind.BrokenHash, large.Payer.Id), (f.Kind, f.AccountId!.Value)));
    }

    [Fact]
    public async Task Many_missing_entries_do_not_stop_the_walk()
    {
        await using var holed = await BrokenLedger.CreateAsync(ledger, Disarm);
        await holed.PayManyAsync(300);
        await holed.ExecuteAsync([$"DELETE FROM entries WHERE account_id = {holed.Payer.Id} AND seq BETWEEN 20 AND 280"]);

        var walk = Walk(holed.Store, rowsMax: 50);
        var findings = new List<LedgerFinding>();
        for (var position = AuditPosition.Begin; position.Phase == AuditPhase.Accounts;)
        {
            var step = await walk.StepAsync(position, Cancel);
            findings.AddRange(step.Findings);
            position = step.Next;
        }

        Assert.Contains(findings, f => f.Kind == FindingKind.SequenceGap && f.AccountId == holed.Payer.Id);
        Assert.DoesNotContain(findings, f => f.AccountId == holed.Payee.Id);
    }

    [Fact]
    public async Task Verifying_while_several_stores_commit_finds_nothing()
    {
        await using var busy = await BrokenLedger.CreateAsync(ledger, Disarm);
        await using var other = busy.CreateStore();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var paying = new[] { busy.Ledger, other }.Select(store => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await store.CommitUntilDecidedAsync(
                    [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? Pay(busy.Payer, busy.Payee, 1) : Pay(busy.Payee, busy.Payer, 1))], Noon, Cancel);
            }
        }, Cancel)).ToArray();

        for (var i = 0; i < 10; i++)
        {
            var report = await VerifyAsync(busy.Store);
            Assert.True(report.FindingCount == 0, string.Join("; ", report.Findings));
        }

        await done.CancelAsync();
        await Task.WhenAll(paying);
    }

    [Fact]
    public async Task Progress_is_kept_to_the_last_field_and_held_by_one_at_a_time()
    {
        await using var kept = await BrokenLedger.CreateAsync(ledger, Disarm);
        var (one, two) = (Guid.NewGuid(), Guid.NewGuid());

        var taken = (await kept.Store.TakeAuditAsync(one, Noon, Noon.AddMinutes(1), Cancel))!;
        Assert.Null(await kept.Store.TakeAuditAsync(two, Noon, Noon.AddMinutes(1), Cancel));
        var walked = taken with
        {
            Turn = 7,
            TurnBeganAt = Noon,
            TurnEndedAt = Noon.AddMinutes(-1),
            Position = new AuditPosition
            {
                Phase = AuditPhase.Accounts,
                AccountId = kept.Payer.Id,
                Chain = new ChainPosition(2, kept.Payer.Head, -5, Noon),
                TransferId = kept.Transfer,
            },
            Accounts = 1,
            Entries = 2,
            Transfers = 3,
        };
        var saved = await kept.Store.SaveAuditProgressAsync(walked, Noon.AddMinutes(1), Cancel);

        Assert.Equal(saved, await kept.Store.ReadAuditProgressAsync(Cancel));
        Assert.Equal(walked with { Version = saved!.Version }, saved);
        Assert.Null(await kept.Store.SaveAuditProgressAsync(walked, Noon, Cancel)); // of an older version
        var takenOver = await kept.Store.TakeAuditAsync(two, Noon.AddMinutes(2), Noon.AddMinutes(3), Cancel);
        Assert.Equal(saved.Position, takenOver!.Position);
        Assert.Null(await kept.Store.SaveAuditProgressAsync(saved, Noon.AddMinutes(9), Cancel)); // it has lost the turn
    }

    [Fact]
    public async Task Findings_are_kept_once_each_and_the_latest_hundred_of_them()
    {
        await using var kept = await BrokenLedger.CreateAsync(ledger, Disarm);
        LedgerFinding[] first = [new(FindingKind.BrokenHash, 1000, 3, Guid.NewGuid()), new(FindingKind.SumNotZero, Currency: "SGD"), new(FindingKind.StrayEntries)];

        Assert.Equal(first, await kept.Store.KeepFindingsAsync(first, turn: 1, Noon, Cancel));
        Assert.Empty(await kept.Store.KeepFindingsAsync(first[..1], turn: 2, Noon.AddMinutes(1), Cancel));
        Assert.Equal(first.ToHashSet(), (await kept.Store.ListFindingsAsync(Cancel)).Select(f => f.Finding).ToHashSet());

        await kept.Store.ForgetFindingsAsync(beforeTurn: 2, Cancel);
        Assert.Equal(new AuditFinding(first[0], Noon), Assert.Single(await kept.Store.ListFindingsAsync(Cancel)));

        await kept.Store.KeepFindingsAsync([.. Enumerable.Range(1, 60).Select(i => new LedgerFinding(FindingKind.BelowZero, i, 1))], 2, Noon.AddMinutes(2), Cancel);
        await kept.Store.KeepFindingsAsync([.. Enumerable.Range(61, 60).Select(i => new LedgerFinding(FindingKind.BelowZero, i, 1))], 2, Noon.AddMinutes(3), Cancel);
        var latest = await kept.Store.ListFindingsAsync(Cancel);
        Assert.Equal(AuditFinding.KeptMax, latest.Count);
        Assert.Equal(60, latest.Count(f => f.FoundAt == Noon.AddMinutes(3)));
        Assert.DoesNotContain(latest, f => f.Finding.Kind == FindingKind.BrokenHash);
    }

    [Fact]
    public async Task A_sum_over_more_accounts_than_it_may_read_is_none()
    {
        await using var few = await BrokenLedger.CreateAsync(ledger, Disarm);

        Assert.Equal(3, (await few.Store.SumAccountsAsync(3, Cancel))!.Accounts);
        Assert.Null(await few.Store.SumAccountsAsync(2, Cancel));
    }

    [Fact]
    public async Task Warnings_go_before_what_is_broken()
    {
        await using var kept = await BrokenLedger.CreateAsync(ledger, Disarm);
        LedgerFinding broken = new(FindingKind.BrokenHash, 1000, 3, Guid.NewGuid());
        await kept.Store.KeepFindingsAsync([broken], turn: 1, Noon, Cancel);

        for (var i = 0; i < 3; i++)
        {
            LedgerFinding[] warnings = [.. Enumerable.Range(60 * i, 60).Select(id => new LedgerFinding(FindingKind.InTheFuture, 2_000 + id, 1))];
            await kept.Store.KeepFindingsAsync(warnings, turn: 1, Noon.AddMinutes(1 + i), Cancel);
        }

        var findings = await kept.Store.ListFindingsAsync(Cancel);
        Assert.Equal(AuditFinding.KeptMax, findings.Count);
        Assert.Single(findings, f => f.Finding == broken);
    }

    [Fact]
    public async Task A_turn_that_a_copy_with_a_wrong_clock_holds_for_years_is_taken_over()
    {
        await using var held = await BrokenLedger.CreateAsync(ledger, Disarm);
        Assert.NotNull(await held.Store.TakeAuditAsync(Guid.NewGuid(), Noon.AddYears(3), Noon.AddYears(3).AddMinutes(1), Cancel));

        Assert.NotNull(await held.Store.TakeAuditAsync(Guid.NewGuid(), Noon, Noon.AddMinutes(1), Cancel));
    }

    [Fact]
    public async Task What_is_mended_before_the_second_look_is_no_finding_and_what_is_not_remains_one()
    {
        await using var changing = await BrokenLedger.CreateAsync(ledger, Disarm);
        await changing.ExecuteAsync(
        [
            "UPDATE entries SET message = 'dinner' WHERE account_id = {0} AND seq = 2",
            "UPDATE entries SET message = 'dinner' WHERE account_id = {1} AND seq = 1",
            "UPDATE transfers SET message = 'supper' WHERE id = {2}",
        ]);
        var whileItWaits = new ActsWhileWaiting(() => changing.ExecuteAsync(
        [
            "UPDATE entries SET message = 'lunch' WHERE account_id = {0} AND seq = 2",
            "UPDATE entries SET amount = amount + 1 WHERE account_id = {0} AND seq = 2", // another fault than the first look has seen
            "UPDATE transfers SET message = 'lunch' WHERE id = {2}",
        ]));

        var inspections = await new LedgerInspector(changing.Store, whileItWaits, TimeSpan.FromDays(10_000)).InspectAsync(
            [new AccountStretch(changing.Payer.Id, null, 10), new AccountStretch(changing.Payee.Id, null, 10)], Cancel);

        Assert.Equal([changing.Payer.Id, changing.Payee.Id], inspections.Select(i => i.AccountId));
        Assert.Empty(inspections[0].Findings);
        Assert.Equal([FindingKind.BrokenHash, FindingKind.WrongDetails], inspections[1].Findings.Select(f => f.Kind));
        Assert.Equal(1, whileItWaits.Times);
    }

    private static LedgerWalk Walk(IAuditStore store, int rowsMax) =>
        new(store, new LedgerInspector(store, TimeProvider.System, TimeSpan.FromDays(10_000)), rowsMax, sumAccountsMax: 100);

    private protected static async Task<VerifyReport> VerifyAsync(IAuditStore store, DateTime? now = null)
    {
        // The second look at a finding waits for a clock that goes on by itself.
        var time = new FakeTimeProvider(now ?? Noon) { AutoAdvanceAmount = TimeSpan.Zero };
        var verification = new LedgerVerification(store, new ShortWaits(time), TimeSpan.FromMinutes(1));
        return await verification.RunAsync("here", await verification.CountAsync(Cancel), static _ => { }, Cancel);
    }

    private string[] SqlOf(string name)
    {
        const string Second = "WHERE account_id = {0} AND seq = 2";
        return name switch
        {
            "amount" => [$"UPDATE entries SET amount = amount - 1 {Second}"],
            "amount and balance" => ["UPDATE entries SET amount = amount - 1, balance_after = balance_after - 1 WHERE account_id = {0} AND seq = 3"],
            "balance after" => [$"UPDATE entries SET balance_after = balance_after + 1 {Second}"],
            "hash" => [$"UPDATE entries SET hash = {Blob(new string('a', 64))} {Second}"],
            "message of an entry" => [$"UPDATE entries SET message = 'dinner' {Second}"],
            "counterparty" => [$"UPDATE entries SET counterparty_id = 77 {Second}"],
            "time of an entry, earlier" => [$"UPDATE entries SET created_at = (SELECT created_at FROM accounts WHERE id = {{0}}) {Second}"],
            "sequence number" => [$"UPDATE entries SET seq = 20 {Second}"],
            "entry removed from the middle" => [$"DELETE FROM entries {Second}"],
            "latest entry removed" => ["DELETE FROM entries WHERE account_id = {0} AND seq = 3"],
            "balance of the account" => ["UPDATE accounts SET balance = balance + 1 WHERE id = {0}"],
            "entry count" => ["UPDATE accounts SET entry_count = 2 WHERE id = {0}"],
            "head hash" => [$"UPDATE accounts SET head_hash = {Blob(new string('b', 64))} WHERE id = {{0}}"],
            "time of change" => ["UPDATE accounts SET changed_at = created_at WHERE id = {0}"],
            "owner" => ["UPDATE accounts SET user_id = 'thief' WHERE id = {0}"],
            "held more than the balance" => ["UPDATE accounts SET held = balance + 1 WHERE id = {0}"],
            "balance below zero" => ["UPDATE accounts SET balance = -1 WHERE id = {0}"],
            "transfer removed" => ["DELETE FROM transfers WHERE id = {2}"],
            "transfer refused" => ["UPDATE transfers SET outcome = 11 WHERE id = {2}"],
            "amount of the transfer" => ["UPDATE transfers SET amount = amount + 1 WHERE id = {2}"],
            "payee of the transfer" => ["UPDATE transfers SET payee_id = 77 WHERE id = {2}"],
            "currency of the transfer" => ["UPDATE transfers SET currency = 'EUR' WHERE id = {2}"],
            "message of the transfer" => ["UPDATE transfers SET message = 'dinner' WHERE id = {2}"],
            "balance in the transfer" => ["UPDATE transfers SET payer_balance_after = 5 WHERE id = {2}"],
            "transfer without entries" => [
                "INSERT INTO transfers (id, fingerprint, kind, outcome, requested_by, payer_id, payee_id, amount, currency, created_at, payer_seq, payee_seq, payer_balance_after) " +
                "SELECT {3}, fingerprint, kind, outcome, requested_by, 1, {1}, amount, currency, created_at, 9, 9, 0 FROM transfers WHERE id = {2}"],
            "account removed" => ["DELETE FROM account_names WHERE account_id = {0}", "DELETE FROM account_requests WHERE account_id = {0}", "DELETE FROM accounts WHERE id = {0}"],
            "kind that does not exist" => [$"UPDATE entries SET kind = 999 {Second}"],
            "sum" => ["UPDATE accounts SET balance = balance + 1 WHERE id = {0}"],
            "entry of no account" => StrayEntry,
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such corruption."),
        };
    }

    /// <summary>An entry of an account that does not exist.</summary>
    private protected abstract string[] StrayEntry { get; }
}
