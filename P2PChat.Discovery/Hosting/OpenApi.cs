using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Hosting;

/// <summary>
/// Adds to <c>/openapi/v1.json</c> what the endpoints do not declare: the title and the security schemes.
/// </summary>
internal static class OpenApi
{
    private const string LeaseTokenScheme = "leaseToken";
    private const string JoinTokenScheme = "joinToken";
    private const string SessionTokenScheme = "sessionToken";

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

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "P2PChat directory",
            Version = Telemetry.Version,
            Description =
                "Lets peers find each other. Errors are problem details (RFC 9457) with a stable type; 429 and 503 "
                + "have a Retry-After header.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [LeaseTokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The leaseToken of a registration's response.",
            },
            [SessionTokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The token of one side of a path session.",
            },
            [JoinTokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = DirectoryHeaders.JoinToken,
                Description =
                    "If the directory has a join token, it is required. Exceptions: health, OpenAPI, GET /directory, "
                    + "GET /i, members, deposits with a capability, and calls with a session token.",
            },
        };
    }

    // The requirements in the list are alternatives; the schemes within one requirement are all needed.
    private static void Secure(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var token = context.Description.ActionDescriptor.EndpointMetadata.OfType<TakesLeaseToken>().FirstOrDefault();
        operation.Security = [];
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<TakesSessionToken>().Any())
        {
            operation.Security.Add(Require(context, SessionTokenScheme));
            return;
        }

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
