using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// <c>GET</c> and <c>DELETE /peers/{username}/requests</c>: lists the requests to a name's owner, and deletes those
/// that the owner has received.
/// </summary>
internal sealed class CollectRequests(IRequestStore store, IOptions<DirectoryOptions> options)
{
    private readonly MailboxOptions _options = options.Value.Mailbox;

    public async Task<IResult> CollectAsync(HttpContext context, string username, string? after, int? limit)
    {
        using var span = Telemetry.Source.StartActivity("directory.collect-requests");
        var owner = MailboxOwner.Of(context, username);
        EnvelopeIds.CheckPage(after, limit, _options.MaxPageSize);
        var page = await store.CollectAsync(
            owner.Name,
            owner.TokenHash,
            after ?? "",
            limit ?? _options.PageSize,
            context.RequestAborted
        );
        return EnvelopePage.Of(page, context.Response);
    }

    public async Task<IResult> DeleteAsync(HttpContext context, string username, string? ids)
    {
        using var span = Telemetry.Source.StartActivity("directory.delete-requests");
        var owner = MailboxOwner.Of(context, username);
        var read = EnvelopeIds.Parse(ids, _options.MaxPageSize);
        var result = await store.DeleteAsync(owner.Name, owner.TokenHash, read, context.RequestAborted);
        return result.Outcome == MailboxOutcome.UnknownToken
            ? throw new ProblemException(Problems.LeaseTokenUnknown())
            : TypedResults.NoContent();
    }
}
