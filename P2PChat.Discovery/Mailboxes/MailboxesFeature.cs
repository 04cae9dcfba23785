using P2PChat.Discovery.Access;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>The mailboxes and their signals: services, endpoints and their OpenAPI descriptions.</summary>
internal static class MailboxesFeature
{
    public static void AddMailboxes(this IServiceCollection services)
    {
        services.AddSingleton<MailboxMetrics>();
        services.AddSingleton<DepositMail>();
        services.AddSingleton<CollectMail>();
        services.AddSingleton<GrantMail>();
        services.AddSingleton<DepositRequest>();
        services.AddSingleton<CollectRequests>();
        services.AddHostedService<MailSweeper>();
        services.AddSingleton<SignalFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<SignalFeed>());
        services.AddSingleton<SignalStream>();
    }

    public static void MapMailboxes(this IEndpointRouteBuilder app)
    {
        var mailbox = app.MapGroup("/peers/{username}").WithTags("Mailbox");
        mailbox
            .MapPost("/mailbox", (HttpContext context, string username, DepositMail deposit) =>
                deposit.HandleAsync(context, username)
            )
            .WithName("DepositMail")
            .WithSummary("Deposits an envelope for a peer")
            .WithDescription(
                $"Requires the capability that the peer gave to this contact (32 bytes in base64url) in the header "
                    + $"{MailboxCapability.Header}. An unknown capability and a name without a mailbox get the same "
                    + "response."
            )
            .Accepts<byte[]>(DepositMail.ContentType)
            .Produces<DepositResponse>(StatusCodes.Status201Created)
            .ProducesProblems(400, 401, 403, 413, 415, 429, 503)
            .WithMetadata(new AdmitsCapability());

        mailbox
            .MapGet(
                "/mailbox",
                (HttpContext context, string username, CollectMail collect, string? after = null, int? limit = null) =>
                    collect.CollectAsync(context, username, after, limit)
            )
            .WithName("CollectMail")
            .WithSummary("Lists the waiting envelopes, oldest first")
            .WithDescription(
                "Requires the leaseToken of that name as bearer. Pass next as after to get the following page. "
                    + "Envelopes stay until they are deleted."
            )
            .Produces<MailboxPage>()
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        mailbox
            .MapDelete("/mailbox", (HttpContext context, string username, CollectMail collect, string? ids = null) =>
                collect.DeleteAsync(context, username, ids)
            )
            .WithName("DeleteMail")
            .WithSummary("Deletes envelopes")
            .WithDescription(
                "ids= takes envelope ids, separated by commas. Requires the leaseToken of that name as bearer. "
                    + "Unknown ids are ignored."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        mailbox
            .MapPut(
                "/mailbox/capabilities/{hash}",
                (HttpContext context, string username, string hash, GrantMail grant) =>
                    grant.GrantAsync(context, username, hash)
            )
            .WithName("GrantMail")
            .WithSummary("Allows deposits with a capability")
            .WithDescription(
                "The hash is the SHA-256 of the capability's 32 bytes, in base64url. Requires the leaseToken of that "
                    + "name as bearer."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        mailbox
            .MapDelete(
                "/mailbox/capabilities/{hash}",
                (HttpContext context, string username, string hash, GrantMail grant) =>
                    grant.RevokeAsync(context, username, hash)
            )
            .WithName("RevokeMail")
            .WithSummary("Revokes a capability")
            .WithDescription(
                "Envelopes deposited with it stay until they are deleted. Requires the leaseToken of that name as "
                    + "bearer."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        MapRequests(mailbox);
        mailbox
            .MapGet("/signals", (HttpContext context, string username, SignalStream stream, bool paths = false) =>
                stream.WriteAsync(context, username, paths)
            )
            .WithName("Signals")
            .WithSummary("Streams signals of new mail and of path sessions as server-sent events")
            .WithDescription(
                "The event mail is sent at the start if mail or a request is waiting, and whenever more arrives at any "
                    + "replica. With paths=true, session is sent when another peer starts a path session with this "
                    + "one, and path when the other side of a session sends a signal; these are not repeated. "
                    + "Requires the leaseToken of that name as bearer. The stream ends with its lease."
            )
            .Produces<string>(contentType: "text/event-stream")
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));
    }

    private static void MapRequests(RouteGroupBuilder mailbox)
    {
        mailbox
            .MapPost("/requests", (HttpContext context, string username, DepositRequest deposit) =>
                deposit.HandleAsync(context, username)
            )
            .WithName("DepositRequest")
            .WithSummary("Deposits a first request for a peer that is away")
            .WithDescription(
                $"The body is an envelope of exactly {DepositRequest.EnvelopeBytes} bytes. Requires the sender's "
                    + "leaseToken as bearer, so the directory learns who asks whom. A second request to the same peer "
                    + "replaces the first."
            )
            .Accepts<byte[]>(DepositMail.ContentType)
            .Produces<DepositResponse>(StatusCodes.Status201Created)
            .ProducesProblems(400, 401, 403, 413, 415, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        mailbox
            .MapGet(
                "/requests",
                (
                    HttpContext context,
                    string username,
                    CollectRequests collect,
                    string? after = null,
                    int? limit = null
                ) => collect.CollectAsync(context, username, after, limit)
            )
            .WithName("CollectRequests")
            .WithSummary("Lists the waiting requests, oldest first")
            .WithDescription(
                "Requires the leaseToken of that name as bearer. Pass next as after to get the following page. "
                    + "Requests stay until they are deleted."
            )
            .Produces<MailboxPage>()
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        mailbox
            .MapDelete(
                "/requests",
                (HttpContext context, string username, CollectRequests collect, string? ids = null) =>
                    collect.DeleteAsync(context, username, ids)
            )
            .WithName("DeleteRequests")
            .WithSummary("Deletes requests")
            .WithDescription(
                "ids= takes ids, separated by commas. Requires the leaseToken of that name as bearer. Unknown ids are "
                    + "ignored."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));
    }
}
