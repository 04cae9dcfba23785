using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Http;

/// <summary>The call takes a lease token as bearer.</summary>
internal sealed record NeedsLeaseToken(bool Optional);

/// <summary><c>/openapi/v1.json</c>: what the endpoints cannot say of themselves.</summary>
internal static class OpenApi
{
    private const string LeaseTokenScheme = "leaseToken";
    private const string JoinTokenScheme = "joinToken";

    public static IServiceCollection AddDirectoryOpenApi(this IServiceCollection services) =>
        services.AddOpenApi("v1", options =>
        {
            options.AddDocumentTransformer(
                (document, _, _) =>
                {
                    Describe(document);
                    return Task.CompletedTask;
                }
            );
            options.AddOperationTransformer(
                (operation, context, _) =>
                {
                    Secure(operation, context);
                    return Task.CompletedTask;
                }
            );
        });

    /// <summary>The problems that an endpoint answers, by status.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.ProducesProblem(status);
        }

        return endpoint;
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "P2PChat directory",
            Version = Telemetry.Version,
            Description =
                "Where peers find each other. Errors are problem details (RFC 9457) whose type is stable; 429 and 503 say in Retry-After when to try again.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [LeaseTokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The leaseToken that a registration answers.",
            },
            [JoinTokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = JoinTokenMiddleware.Header,
                Description = "Where the directory has a join token, each call but health and OpenAPI brings it.",
            },
        };
    }

    // Each requirement in the list is one way in; schemes within one go together.
    private static void Secure(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var token = context.Description.ActionDescriptor.EndpointMetadata.OfType<NeedsLeaseToken>().FirstOrDefault();
        operation.Security = [];
        if (token is not { Optional: false })
        {
            operation.Security.Add(Require(context, JoinTokenScheme));
        }

        if (token is not null)
        {
            operation.Security.Add(Require(context, JoinTokenScheme, LeaseTokenScheme));
        }
    }

    private static OpenApiSecurityRequirement Require(
        OpenApiOperationTransformerContext context,
        params string[] schemes
    )
    {
        var requirement = new OpenApiSecurityRequirement();
        foreach (var scheme in schemes)
        {
            requirement.Add(new OpenApiSecuritySchemeReference(scheme, context.Document), []);
        }

        return requirement;
    }
}
