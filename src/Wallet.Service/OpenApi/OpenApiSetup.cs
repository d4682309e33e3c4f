using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using Wallet.Service.Http;
using Wallet.Service.Sessions;
using Wallet.Service.Startup;

namespace Wallet.Service.OpenApi;

/// <summary>The API's description, made from the code, and the page to try it on.</summary>
internal static class OpenApiSetup
{
    private const string DocumentName = "v1";
    private const string BearerScheme = "bearer";

    // The page's own scripts and styles are in it; it talks to this host alone, and nobody may frame it, since tokens are typed into it.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        + "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void AddWalletOpenApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddOpenApi(DocumentName, static options =>
        {
            options.ShouldInclude = static description => description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true;
            options.AddDocumentTransformer(DescribeDocument);
            options.AddOperationTransformer(DescribeOperationAsync);
            options.AddSchemaTransformer(DescribeSchema);
        });
    }

    public static void MapWalletOpenApi(this WebApplication app)
    {
        // Made once: it never changes while the service runs, and making it for everyone who asks would be an open door to the processor.
        var document = new Lazy<Task<string>>(() => WriteDocumentAsync(app.Services));
        app.MapGet($"/openapi/{DocumentName}.json", async () => TypedResults.Text(await document.Value, "application/json"))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapScalarApiReference("/docs", options =>
        {
            options.WithTitle("WalletService")
                .WithOpenApiRoutePattern("/openapi/{documentName}.json")
                .AddPreferredSecuritySchemes(BearerScheme)
                .DisableDefaultFonts()
                // What would send the reader, or her token, to somebody else's service.
                .DisableAgent().DisableMcp().DisableTelemetry().HideDeveloperTools().HideClientButton();
            if (app.Environment.IsDevelopment())
                options.AddHttpAuthentication(BearerScheme, static bearer => bearer.Token = DemoAccounts.House);
        }).AllowAnonymous().AddEndpointFilter(static (invocation, next) =>
        {
            invocation.HttpContext.Response.Headers.ContentSecurityPolicy = PagePolicy;
            return next(invocation);
        });
    }

    private static async Task<string> WriteDocumentAsync(IServiceProvider services)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(DocumentName).GetOpenApiDocumentAsync();
        return await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1);
    }

    private static Task DescribeDocument(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "WalletService",
            Version = typeof(OpenApiSetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0],
            Description =
                "Moves money between the users of a wallet. A 201 means committed, once. Amounts are integers in the currency's unit. "
                + "Every answer that is no success is a problem document with a stable `code`.",
            License = new OpenApiLicense { Name = "Apache 2.0", Identifier = "Apache-2.0" },
        };
        // The host that the document came from; an address given here would be wrong behind a proxy.
        document.Servers = [new OpenApiServer { Url = "/" }];
        var isDevelopment = context.ApplicationServices.GetRequiredService<IHostEnvironment>().IsDevelopment();
        document.AddComponent<IOpenApiSecurityScheme>(BearerScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = BearerScheme,
            Description = isDevelopment ? $"A session's token or a JWT. In Development: {string.Join(", ", DemoAccounts.Users)}; {DevelopmentSessions.Operator} for the administration." : "A session's token or a JWT.",
        });
        return Task.CompletedTask;
    }

    private static async Task DescribeOperationAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var document = context.Document!;
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerScheme, document)] = [] }];

        operation.Parameters ??= [];
        foreach (var parameter in metadata.OfType<QueryParameterList>().SelectMany(static list => list.Parameters))
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = ParameterLocation.Query,
                Description = parameter.Description,
                Schema = SchemaOf(parameter),
            });
        }

        if (metadata.OfType<TakesIdempotencyKey>().Any())
        {
            // No example: it would be sent as it is, and the second try would be a replay of the first.
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = IdempotencyKey.HeaderName,
                In = ParameterLocation.Header,
                Required = context.ApplicationServices.GetRequiredService<IOptions<WalletOptions>>().Value.RequireIdempotencyKey,
                Description =
                    "Makes the request happen once, however often it is sent. 1 to 255 printable ASCII characters, such as a random UUID; a new one for each payment. "
                    + $"A repeated answer has the header `{IdempotencyKey.ReplayedHeaderName}: true`.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyKey.LengthMax },
            });
        }

        DescribeSuccess(operation, metadata);
        var schema = await context.GetOrCreateSchemaAsync(typeof(Problem), parameterDescription: null, cancellationToken);
        document.AddComponent(nameof(Problem), schema);
        foreach (var byStatus in EndpointConventions.ProblemsOf(metadata).GroupBy(static type => type.Status).OrderBy(static group => group.Key))
        {
            operation.Responses![$"{byStatus.Key}"] = new OpenApiResponse
            {
                Description = string.Join(" · ", byStatus.Select(static type => $"`{type.Code}`: {type.Title}.")),
                Headers = HeadersOf(byStatus.Key),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(nameof(Problem), document) },
                },
            };
        }

        if (metadata.OfType<RequestExample>().FirstOrDefault() is { } example && operation.RequestBody?.Content?.Values.FirstOrDefault() is { } body)
            body.Example = JsonNode.Parse(example.Json);
        if (metadata.OfType<AnswerExample>().FirstOrDefault() is { } answer && operation.Responses!["200"].Content?.Values.FirstOrDefault() is { } content)
            content.Example = JsonNode.Parse(answer.Json);
    }

    private static void DescribeSuccess(OpenApiOperation operation, IList<object> metadata)
    {
        if (operation.Responses!.TryGetValue("201", out var created) && created is OpenApiResponse creation)
        {
            creation.Description = "Done, and durable.";
            creation.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Location"] = Header("Where it can be looked at."),
                [IdempotencyKey.ReplayedHeaderName] = Header("`true` where this is the answer to an earlier request with the same key."),
            };
        }

        if (operation.Responses!.TryGetValue("200", out var ok) && ok is OpenApiResponse page
            && metadata.OfType<QueryParameterList>().Any(static list => list.Parameters.Any(static p => p.Name == PageCursor.ParameterName)))
        {
            page.Headers = new Dictionary<string, IOpenApiHeader> { ["Link"] = Header("The next page, as `rel=\"next\"` (RFC 8288).") };
        }
    }

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => new() { ["WWW-Authenticate"] = Header("The challenge (RFC 6750).") },
        StatusCodes.Status503ServiceUnavailable => new() { ["Retry-After"] = Header("After how many seconds to try again.") },
        _ => null,
    };

    private static OpenApiHeader Header(string description) =>
        new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static OpenApiSchema SchemaOf(QueryParameter parameter) => parameter switch
    {
        IntegerParameter integer => new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Format = "int64",
            Minimum = $"{integer.Min}",
            Maximum = integer.Max == long.MaxValue ? null : $"{integer.Max}",
            Default = integer.Default,
        },
        TimeParameter => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        ChoiceParameter choice => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. choice.Words.Select(static word => JsonValue.Create(word))] },
        TextParameter text => new OpenApiSchema { Type = JsonSchemaType.String, Pattern = text.Pattern },
        _ => throw new ArgumentOutOfRangeException(nameof(parameter), parameter, "A kind of parameter that the description does not know."),
    };

    private static Task DescribeSchema(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var property = context.JsonPropertyInfo;
        // What a converter of ours reads or writes has no schema of its own.
        if (property?.CustomConverter is IntegerConverter)
        {
            schema.Type = IsRequired(property) ? JsonSchemaType.Integer : JsonSchemaType.Integer | JsonSchemaType.Null;
            schema.Format = "int64";
            schema.Minimum = "1";
        }
        else if (property?.CustomConverter is HashConverter)
        {
            schema.Type = JsonSchemaType.String;
            schema.Pattern = "^[0-9a-f]{64}$";
        }
        else if (property is not null && IsRequired(property))
        {
            schema.Type &= ~JsonSchemaType.Null;
        }

        if (schema.Enum is { Count: > 0 })
            schema.Type = JsonSchemaType.String;
        // An unknown member of a request is refused. Answers may grow, and what they do not have they leave out.
        if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && !IsRequest(context.JsonTypeInfo.Type))
            schema.AdditionalPropertiesAllowed = true;
        if (property is not null && !IsRequest(property.DeclaringType))
            schema.Type &= ~JsonSchemaType.Null;
        return Task.CompletedTask;
    }

    private static bool IsRequest(Type type) => type.Name.EndsWith("Request", StringComparison.Ordinal);

    private static bool IsRequired(JsonPropertyInfo property) => property.AttributeProvider?.IsDefined(typeof(RequiredAttribute), inherit: true) == true;
}
