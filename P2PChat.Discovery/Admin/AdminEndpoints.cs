using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Admin;

/// <summary>What only the operator may do. Without <see cref="DirectoryOptions.OperatorKey"/> there are no such addresses.</summary>
internal static class AdminEndpoints
{
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
            .WithSummary("Frees a name, whoever claims it")
            .WithDescription(
                $"Needs the operator's key in the header {RemoveClaim.KeyHeader}. A peer that still runs under the name claims it again with its next renewal."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 403, 404, 429, 503);
    }
}
