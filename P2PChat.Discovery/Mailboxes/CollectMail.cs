using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// <c>GET</c> and <c>DELETE /peers/{username}/mailbox</c>: lists the owner's envelopes, and deletes those the owner has
/// received. Listing deletes nothing.
/// </summary>
internal sealed class CollectMail(IMailboxStore store, MailboxMetrics metrics, IOptions<DirectoryOptions> options)
{
    private readonly MailboxOptions _options = options.Value.Mailbox;

    public async Task<IResult> CollectAsync(HttpContext context, string username, string? after, int? limit)
    {
        using var span = Telemetry.Source.StartActivity("directory.collect");
        var owner = MailboxOwner.Of(context, username);
        EnvelopeIds.CheckPage(after, limit, _options.MaxPageSize);
        var page = await store.CollectAsync(
            owner.Name,
            owner.TokenHash,
            after ?? "",
            limit ?? _options.PageSize,
            context.RequestAborted
        );
        var answer = EnvelopePage.Of(page, context.Response);
        metrics.Collected(page.Envelopes.Count);
        return answer;
    }

    public async Task<IResult> DeleteAsync(HttpContext context, string username, string? ids)
    {
        using var span = Telemetry.Source.StartActivity("directory.delete-mail");
        var owner = MailboxOwner.Of(context, username);
        var read = EnvelopeIds.Parse(ids, _options.MaxPageSize);
        var result = await store.DeleteAsync(owner.Name, owner.TokenHash, read, context.RequestAborted);
        if (result.Outcome == MailboxOutcome.UnknownToken)
        {
            throw new ProblemException(Problems.LeaseTokenUnknown());
        }

        metrics.Deleted(result.Deleted);
        return TypedResults.NoContent();
    }
}
