using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Wallet.Service.Sessions;

/// <summary>The settings under <c>Wallet:Sessions</c>.</summary>
internal sealed class SessionOptions
{
    public const string Section = "Wallet:Sessions";

    /// <summary>How long a session that was looked up is kept in memory, and so how late a revocation is seen at the most.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan CacheFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many sessions are kept in memory.</summary>
    [Range(1_000, 10_000_000)]
    public int CacheEntriesMax { get; set; } = 20_000;
}

/// <summary>The settings under <c>Wallet:Jwt</c>. Tokens of an issuer are accepted where <see cref="Authority"/> is set.</summary>
internal sealed class JwtOptions : IValidatableObject
{
    public const string Section = "Wallet:Jwt";

    /// <summary>The OpenID Connect issuer's address; its keys are found from there.</summary>
    [HttpAddress]
    public string? Authority { get; set; }

    /// <summary>For whom a token must have been made.</summary>
    public string? Audience { get; set; }

    /// <summary>The claim with the user's id.</summary>
    [Required]
    public string UserIdClaim { get; set; } = "sub";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Authority) && string.IsNullOrEmpty(Audience))
            yield return new ValidationResult("Wallet:Jwt:Audience is needed where Wallet:Jwt:Authority is set.", [nameof(Audience)]);
    }
}

[OptionsValidator]
internal sealed partial class SessionOptionsValidator : IValidateOptions<SessionOptions>;

[OptionsValidator]
internal sealed partial class JwtOptionsValidator : IValidateOptions<JwtOptions>;
