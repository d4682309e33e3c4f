using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using Wallet.Service.Http;
using Wallet.Service.Startup;

namespace Wallet.Service.OpenApi;

/// <summary>The API's description, made from the code, and the page to try it on.</summary>
internal static class OpenApiSetup
{
    private const string DocumentName = "v1";
    private const string BearerScheme = "bearer";

    public static void AddWalletOpenApi(this WebApplicationBuilder builder) => builder.Services.AddOpenApi(DocumentName, static options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = static description => description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer(DescribeDocument);
        options.AddOperationTransformer(DescribeOperationAsync);
        options.AddSchemaTransformer(DescribeSchema);
    });

    public static void MapWalletOpenApi(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.MapScalarApiReference("/docs", options =>
        {
            options.WithTitle("WalletService")
                .WithOpenApiRoutePattern("/openapi/{documentName}.json")
                .AddPreferredSecuritySchemes(BearerScheme)
                .DisableDefaultFonts();
            if (app.Environment.IsDevelopment())
                options.AddHttpAuthentication(BearerScheme, static bearer => bearer.Token = DemoAccounts.House);
        }).AllowAnonymous();
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
        document.AddComponent<IOpenApiSecurityScheme>(BearerScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = BearerScheme,
            Description = "A session's token or a JWT. In Development: yunus, nick, house or andrew.",
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
                Schema = SchemaOf(parameter.Type),
            });
        }

        if (metadata.OfType<TakesIdempotencyKey>().Any())
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = IdempotencyKey.HeaderName,
                In = ParameterLocation.Header,
                Description = "Makes the request happen once, however often it is sent. 1 to 255 printable ASCII characters, such as a random UUID.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyKey.LengthMax },
                Example = JsonValue.Create("6f1c9a52-7a4e-4c55-9c0e-4a3c3f3d9c11"),
            });
        }

        DescribeSuccess(operation, metadata);
        var schema = await context.GetOrCreateSchemaAsync(typeof(Problem), parameterDescription: null, cancellationToken);
        document.AddComponent(nameof(Problem), schema);
        foreach (var byStatus in EndpointConventions.ProblemsOf(metadata).GroupBy(static type => type.Status))
        {
            operation.Responses![$"{byStatus.Key}"] = new OpenApiResponse
            {
                Description = string.Join(" · ", byStatus.Select(static type => $"`{type.Code}`: {type.Title}.")),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(nameof(Problem), document) },
                },
            };
        }

        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IEndpointNameMetadata>().FirstOrDefault()?.EndpointName is { } name
            && Examples.OfRequest(name) is { } example && operation.RequestBody?.Content?.Values.FirstOrDefault() is { } body)
        {
            body.Example = example;
        }
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
            && metadata.OfType<QueryParameterList>().Any(static list => list.Parameters.Any(static p => p.Name == "cursor")))
        {
            page.Headers = new Dictionary<string, IOpenApiHeader> { ["Link"] = Header("The next page, as `rel=\"next\"` (RFC 8288).") };
        }
    }

    private static OpenApiHeader Header(string description) =>
        new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static OpenApiSchema SchemaOf(QueryParameterType type) => type switch
    {
        QueryParameterType.Text => new OpenApiSchema { Type = JsonSchemaType.String },
        QueryParameterType.Integer => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "1" },
        QueryParameterType.Time => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
    };

    /// <summary>Numbers that are read by <see cref="IntegerConverter"/> have no schema of their own.</summary>
    private static Task DescribeSchema(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonPropertyInfo?.CustomConverter is IntegerConverter)
        {
            schema.Type = JsonSchemaType.Integer;
            schema.Format = "int64";
            schema.Minimum = "1";
        }

        return Task.CompletedTask;
    }
}
