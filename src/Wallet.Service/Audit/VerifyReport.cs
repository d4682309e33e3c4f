using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Wallet.Ledger;

namespace Wallet.Service.Audit;

/// <summary>What <c>wallet verify</c> has to say.</summary>
internal sealed record VerifyReport
{
    public const int FindingsShownMax = 100;

    /// <summary>Which ledger was verified: the file, or the database and its host.</summary>
    public required string Ledger { get; init; }

    public required bool Intact { get; init; }

    public required long Accounts { get; init; }

    public required long Entries { get; init; }

    public required long Transfers { get; init; }

    /// <summary>Each currency's accounts, and the sum of their balances, which must be zero.</summary>
    public required IReadOnlyList<CurrencyTotals> Currencies { get; init; }

    /// <summary>How many findings there are, shown or not. Warnings are among them. Beyond the first 10,000 an entry may be counted twice.</summary>
    public required long FindingCount { get; init; }

    /// <summary>The first of them, in the order in which they were found.</summary>
    public required IReadOnlyList<VerifyFinding> Findings { get; init; }

    public required double Seconds { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, VerifyJson.Default.VerifyReport);

    public IEnumerable<string> ToLines()
    {
        foreach (var finding in Findings)
            yield return finding.ToString();
        if (FindingCount > Findings.Count)
            yield return string.Create(CultureInfo.InvariantCulture, $"… and {FindingCount - Findings.Count} more");
        foreach (var currency in Currencies)
            yield return string.Create(CultureInfo.InvariantCulture, $"{currency.Currency}: {currency.Accounts} accounts, their balances sum to {currency.Balance}");
        var verdict = Intact ? "The ledger is intact" : "THE LEDGER IS BROKEN";
        yield return string.Create(
            CultureInfo.InvariantCulture, $"{verdict}: {Accounts} accounts, {Entries} entries, {Transfers} transfers verified in {Seconds:0.0} s in {Ledger}");
    }
}

/// <summary>A finding in words and by its place.</summary>
internal sealed record VerifyFinding
{
    public required string Kind { get; init; }

    public required bool Warning { get; init; }

    public long? AccountId { get; init; }

    public long? Seq { get; init; }

    public Guid? TransferId { get; init; }

    public string? Currency { get; init; }

    /// <summary>What it means.</summary>
    public required string Meaning { get; init; }

    public static VerifyFinding From(LedgerFinding finding) => new()
    {
        Kind = AuditMetrics.NameOf(finding.Kind),
        Warning = finding.IsWarning,
        AccountId = finding.AccountId,
        Seq = finding.Seq,
        TransferId = finding.TransferId,
        Currency = finding.Currency,
        Meaning = MeaningOf(finding.Kind),
    };

    public override string ToString()
    {
        string?[] place =
        [
            AccountId is { } accountId ? string.Create(CultureInfo.InvariantCulture, $"account {accountId}") : null,
            Seq is { } seq ? string.Create(CultureInfo.InvariantCulture, $"entry {seq}") : null,
            TransferId is { } transferId ? $"transfer {transferId}" : null,
            Currency is { } currency ? $"currency {currency}" : null,
        ];
        var where = string.Join(", ", place.OfType<string>());
        return $"{(Warning ? "warning" : "broken")}: {(where.Length > 0 ? where : "the ledger")}: {Kind}: {Meaning}";
    }

    private static string MeaningOf(FindingKind kind) => kind switch
    {
        FindingKind.WrongAccount => "an entry of another account is on its chain",
        FindingKind.SequenceGap => "an entry is missing, or comes twice",
        FindingKind.WrongBalance => "the balance is not the balance before it plus the amount",
        FindingKind.WentBackInTime => "it is older than the entry before it",
        FindingKind.BrokenHash => "the hash does not follow from the entry and the hash before it",
        FindingKind.HeadMismatch => "the account's balance, count or hash is not that of its latest entry",
        FindingKind.WrongChangedAt => "the account's time of change is not that of its latest entry",
        FindingKind.BelowZero => "a user has less than nothing to spend",
        FindingKind.TransferMissing => "there is no such transfer",
        FindingKind.TransferNotPosted => "the transfer was refused",
        FindingKind.WrongAmount => "the amount is not the transfer's",
        FindingKind.WrongParties => "the account, counterparty or currency is not the transfer's",
        FindingKind.WrongDetails => "kind, message, time, sequence number or balance is not the transfer's",
        FindingKind.EntryMissing => "the transfer's entry is not there",
        FindingKind.SumNotZero => "the balances do not sum to zero",
        FindingKind.StrayEntries => "there are more or fewer entries than accounts and transfers account for",
        FindingKind.Unreadable => "the row holds what no ledger writes",
        FindingKind.InTheFuture => "the latest entry lies in the future: a copy of the service has a fast clock",
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(VerifyReport))]
internal sealed partial class VerifyJson : JsonSerializerContext;
