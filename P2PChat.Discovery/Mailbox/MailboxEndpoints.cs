using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Mailbox;

/// <summary>The addresses of the mailboxes, and what OpenAPI says of each.</summary>
internal static class MailboxEndpoints
{
    public static void MapMailboxes(this IEndpointRouteBuilder app)
    {
        var mailbox = app.MapGroup("/peers/{username}").WithTags("Mailbox");
        mailbox
            .MapPost("/mailbox", (HttpContext context, string username, DepositMail deposit) =>
                deposit.HandleAsync(context, username)
            )
            .WithName("DepositMail")
            .WithSummary("Leaves an envelope for a peer")
            .WithDescription(
                "Needs the capability that the peer gave to this contact, 32 bytes in base64url, in the header X-P2PChat-Capability. An unknown capability and a name without a mailbox are answered alike."
            )
            .Accepts<byte[]>(DepositMail.ContentType)
            .Produces<DepositResponse>(StatusCodes.Status201Created)
            .ProducesProblems(400, 401, 403, 413, 415, 429, 503);

        mailbox
            .MapGet(
                "/mailbox",
                (HttpContext context, string username, CollectMail collect, string? after = null, int? limit = null) =>
                    collect.CollectAsync(context, username, after, limit)
            )
            .WithName("CollectMail")
            .WithSummary("Shows the envelopes that wait, oldest first")
            .WithDescription(
                "Needs the leaseToken of that name as bearer. Pass next as after for the following page. What is shown stays until it is deleted."
            )
            .Produces<MailboxPage>()
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new NeedsLeaseToken(Optional: false));

        mailbox
            .MapDelete("/mailbox", (HttpContext context, string username, CollectMail collect, string? ids = null) =>
                collect.DeleteAsync(context, username, ids)
            )
            .WithName("DeleteMail")
            .WithSummary("Deletes envelopes")
            .WithDescription(
                "ids= takes the ids of envelopes, with commas between. Needs the leaseToken of that name as bearer. An id that is not there is no error."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new NeedsLeaseToken(Optional: false));

        mailbox
            .MapPut(
                "/mailbox/capabilities/{hash}",
                (HttpContext context, string username, string hash, GrantMail grant) =>
                    grant.GrantAsync(context, username, hash)
            )
            .WithName("GrantMail")
            .WithSummary("Lets whoever has a capability leave mail")
            .WithDescription(
                "The hash is the SHA-256 of the capability's 32 bytes, in base64url. Needs the leaseToken of that name as bearer."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new NeedsLeaseToken(Optional: false));

        mailbox
            .MapDelete(
                "/mailbox/capabilities/{hash}",
                (HttpContext context, string username, string hash, GrantMail grant) =>
                    grant.RevokeAsync(context, username, hash)
            )
            .WithName("RevokeMail")
            .WithSummary("Takes a capability back")
            .WithDescription(
                "What came by it before stays until it is collected. Needs the leaseToken of that name as bearer."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new NeedsLeaseToken(Optional: false));

        mailbox
            .MapGet("/signals", (HttpContext context, string username, SignalStream stream) =>
                stream.WriteAsync(context, username)
            )
            .WithName("Signals")
            .WithSummary("Wakes a peer, as server-sent events")
            .WithDescription(
                "The event mail says that there is mail: at the start where some waits, and when more comes, at whichever replica. Needs the leaseToken of that name as bearer, and ends with its lease."
            )
            .Produces<string>(contentType: "text/event-stream")
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new NeedsLeaseToken(Optional: false));
    }
}
