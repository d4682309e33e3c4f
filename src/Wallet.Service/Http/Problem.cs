using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using Wallet.Ledger;

namespace Wallet.Service.Http;

/// <summary>The body of every answer that is no success (RFC 9457).</summary>
internal sealed record Problem
{
    /// <summary>The address of a page about this kind of problem.</summary>
    public required string Type { get; init; }

    /// <summary>A short name, the same for each problem of this kind.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What happened, and what to do about it.</summary>
    public required string Detail { get; init; }

    /// <summary>The path that was asked for.</summary>
    public required string Instance { get; init; }

    /// <summary>Stable; decide by this.</summary>
    public required string Code { get; init; }

    /// <summary>Under which the service logged the request.</summary>
    public required string TraceId { get; init; }

    /// <summary>Each part of the request that is wrong.</summary>
    public IReadOnlyList<ProblemError>? Errors { get; init; }

    /// <summary>For a refusal: whether the same, sent with a new key, may be accepted later.</summary>
    public bool? Transient { get; init; }

    /// <summary>The id that the transfer has, if it was carried out.</summary>
    public Guid? TransferId { get; init; }
}

/// <summary>A part of the request that is wrong: a place in the body, or a parameter.</summary>
internal sealed record ProblemError
{
    /// <summary>Where in the body, as a JSON Pointer (RFC 6901).</summary>
    public string? Pointer { get; init; }

    /// <summary>Which query parameter.</summary>
    public string? Parameter { get; init; }

    /// <summary><c>required</c>, <c>invalid</c> or <c>unknown</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong.</summary>
    public required string Detail { get; init; }

    public static ProblemError At(string pointer, string code, string detail) => new() { Pointer = pointer, Code = code, Detail = detail };

    public static ProblemError In(string parameter, string code, string detail) => new() { Parameter = parameter, Code = code, Detail = detail };
}

/// <summary>An answer that is a problem.</summary>
internal sealed class ProblemResult(ProblemType type) : IResult
{
    private const string ContentType = "application/problem+json";
    private const int RetryAfterSeconds = 1;

    public IReadOnlyList<ProblemError>? Errors { get; init; }

    public bool? Transient { get; init; }

    public Guid? TransferId { get; init; }

    public static ProblemResult Invalid(params IReadOnlyList<ProblemError> errors) => new(ProblemCatalog.InvalidRequest) { Errors = errors };

    public static ProblemResult Refused(Outcome outcome) => new(ProblemCatalog.For(outcome)) { Transient = outcome.IsTransient() };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = type.Status;
        if (type.Status == StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";

        var publicUrl = httpContext.RequestServices.GetRequiredService<IOptions<WalletOptions>>().Value.PublicUrl;
        var problem = new Problem
        {
            Type = $"{publicUrl?.TrimEnd('/')}/problems/{type.Code}",
            Title = type.Title,
            Status = type.Status,
            Detail = $"{type.Meaning} {type.Remedy}".Replace("`", "", StringComparison.Ordinal),
            Instance = httpContext.Request.Path,
            Code = type.Code,
            TraceId = Activity.Current?.TraceId.ToHexString() ?? httpContext.TraceIdentifier,
            Errors = Errors,
            Transient = Transient,
            TransferId = TransferId,
        };
        // Without a token of ours it ends quietly where the client has left.
        return response.WriteAsJsonAsync(problem, options: null, ContentType);
    }
}
