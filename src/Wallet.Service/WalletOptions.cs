using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Wallet.Ledger;
using Wallet.Service.Http;

namespace Wallet.Service;

/// <summary>The settings under <c>Wallet</c>. Checked at the start; a value out of its range stops it.</summary>
internal sealed class WalletOptions
{
    public const string Section = "Wallet";

    /// <summary>The currencies that the wallet keeps, by code.</summary>
    public Dictionary<string, CurrencyOptions> Currencies { get; } = [];

    /// <summary>The currency that is meant where nobody names one and no account tells: a payer without an account, the demonstration.</summary>
    [Required]
    public string DefaultCurrency { get; set; } = "SGD";

    /// <summary>Where the embedded SQLite file lies when no PostgreSQL is configured. Relative to the working directory.</summary>
    [Required]
    public string SqliteFile { get; set; } = "data/wallet.db";

    /// <summary>Where clients reach the service, such as <c>https://wallet.example</c>; makes the addresses in problems absolute.</summary>
    [HttpAddress]
    public string? PublicUrl { get; set; }

    /// <summary>How many bytes a request's body may have.</summary>
    [Range(1_024, 1_048_576)]
    public int RequestBodyBytesMax { get; set; } = 16_384;

    /// <summary>How many users' accounts, and how many accounts' owners, are kept in memory to be found without asking the database.</summary>
    [Range(1_000, 10_000_000)]
    public int DirectoryEntriesMax { get; set; } = 20_000;

    /// <summary>Whether a transfer without an <c>Idempotency-Key</c> is refused.</summary>
    public bool RequireIdempotencyKey { get; set; }

    [ValidateObjectMembers]
    public HttpOptions Http { get; } = new();

    [ValidateObjectMembers]
    public CommitOptions Commit { get; } = new();

    /// <exception cref="StartupException">The currencies are not such as a ledger can keep.</exception>
    public CurrencyTable ToCurrencyTable()
    {
        try
        {
            return new CurrencyTable(Currencies.Select(static c => new Currency(c.Key, c.Value.Decimals, c.Value.LargestTransfer)), DefaultCurrency);
        }
        catch (ArgumentException e)
        {
            throw new StartupException($"Wallet:Currencies or Wallet:DefaultCurrency: {e.Message}", e);
        }
    }
}

/// <summary>A currency's settings. Their ranges are the ledger's: see <see cref="Currency"/>.</summary>
internal sealed class CurrencyOptions
{
    /// <summary>How many decimals the unit has.</summary>
    public int Decimals { get; set; }

    /// <summary>The largest amount of one transfer, in the unit.</summary>
    public long LargestTransfer { get; set; }
}

/// <summary>The settings under <c>Wallet:Commit</c>.</summary>
internal sealed class CommitOptions
{
    /// <summary>How many commands may wait. One more is answered with 503 <c>queue_full</c>.</summary>
    [Range(1, 1_000_000)]
    public int QueueCapacity { get; set; } = 10_000;

    /// <summary>The most commands in one database transaction.</summary>
    [Range(1, Limits.BatchCommandsMax)]
    public int BatchMax { get; set; } = 256;

    /// <summary>How many batches may be in flight at the same time. SQLite has one writer, whatever is set here.</summary>
    [Range(1, 16)]
    public int Writers { get; set; } = 2;

    /// <summary>How many accounts are kept in memory as they were written last, so that a batch on PostgreSQL need not read them first.</summary>
    [Range(1_000, 10_000_000)]
    public int SnapshotsMax { get; set; } = 20_000;

    /// <summary>How long a caller waits for the outcome. A command whose turn has not come by then is withdrawn; of one under way she is told that it is in doubt.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a batch is tried again whose commit got no answer, or that meets other writers, before its callers are told.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan RetryWindow { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>Checks the settings at the start. The attributes' messages name the setting; the source generator writes the checks.</summary>
[OptionsValidator]
internal sealed partial class WalletOptionsValidator : IValidateOptions<WalletOptions>;

/// <summary>An absolute address with http or https, or nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HttpAddressAttribute() : ValidationAttribute("{0} must be an address that begins with http:// or https://.")
{
    public override bool IsValid(object? value) =>
        value is null or "" || (Uri.TryCreate(value as string, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps));
}
