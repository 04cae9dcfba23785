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
    public static void AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<OperatorKey>();
        services.AddSingleton<RemoveClaim>();
        services.AddSingleton<ManageMembers>();
    }

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

        app.MapGet(
                "/admin/members",
                (HttpContext context, ManageMembers members, string? after = null, int? limit = null) =>
                    members.ListAsync(context, after, limit)
            )
            .WithName("ListMembers")
            .WithTags("Admin")
            .WithSummary("Lists the keys that joined with a code")
            .WithDescription(
                $"Requires the operator's key in the header {DirectoryHeaders.OperatorKey}. Pass next as after to get "
                    + "the following page."
            )
            .Produces<MemberListing>()
            .ProducesProblems(400, 401, 403, 429, 503);

        app.MapDelete("/admin/members/{peerId}", (HttpContext context, string peerId, ManageMembers members) =>
                members.RemoveAsync(context, peerId)
            )
            .WithName("RemoveMember")
            .WithTags("Admin")
            .WithSummary("Ends a key's access and voids the join codes that it made")
            .WithDescription(
                $"Requires the operator's key in the header {DirectoryHeaders.OperatorKey}. Ends the key's leases at "
                    + "once. Its names stay claimed, and keys that joined by its codes stay members."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 403, 404, 429, 503);
    }
}
