using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Admin;

/// <summary>
/// The operator's calls. Without <see cref="DirectoryOptions.OperatorKey"/> their paths do not exist.
/// </summary>
internal static class AdminFeature
{
    public static void AddAdmin(this IServiceCollection services) => services.AddSingleton<RemoveClaim>();

    public static void MapAdmin(this WebApplication app)
    {
        if (string.IsNullOrEmpty(app.Services.GetRequiredService<IOptions<DirectoryOptions>>().Value.OperatorKey))
        {
            return;
        }

        app.MapDelete("/admin/claims/{username}", (HttpContext context, string username, RemoveClaim remove) =>
                remove.HandleAsync(context, username)
            )
            .WithName("RemoveClaim")
            .WithTags("Admin")
            .WithSummary("Frees a name, regardless of who claims it")
            .WithDescription(
                $"Requires the operator's key in the header {DirectoryHeaders.OperatorKey}. A peer that still runs "
                    + "under the name claims it again with its next renewal."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 403, 404, 429, 503);
    }
}
