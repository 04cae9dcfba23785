using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Client;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints of the local API. <see cref="ApiProblemCatalogue"/> maps refusals to problems.</summary>
internal static class ApiEndpoints
{
    private const int MaxIdempotencyKeyLength = 128;

    public static void MapApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api");
        api.MapGet("/status", GetStatusAsync).WithSummary("Status of this peer.");
        api.MapGet("/peers", ListPeersAsync).WithSummary("The directory's peers, and this peer's relation to each.");
        api.MapPost("/connections", ConnectAsync)
            .WithSummary("Asks to connect, by username or by invite link. The outcome is an event.");
        api.MapDelete("/connections/{username}", DisconnectAsync)
            .WithSummary("Ends a connection, or withdraws a request.");
        api.MapGet("/requests", ListRequestsAsync).WithSummary("Requests that wait for an answer.");
        api.MapPost("/requests/{username}/accept", AcceptAsync).WithSummary("Accepts a request.");
        api.MapPost("/requests/{username}/reject", RejectAsync).WithSummary("Rejects a request.");
        api.MapInvites();
        api.MapContacts();
        api.MapProfiles();
        api.MapSettings();
        api.MapDoctor();
        api.MapPost("/conversations/{username}/messages", SendAsync)
            .WithSummary("Sends a message, now or once a link is open. Its delivery is an event.");
        api.MapMessages();
        api.MapFiles();
        api.MapRooms();
        api.MapHistory();
        api.MapMarks();
        api.MapPost("/traces", TraceAsync)
            .WithSummary("Registers again, connects again and sends a message, all in one trace.");
        api.MapPost("/web-links", CreateWebLinkAsync)
            .WithSummary("Creates a link that signs a browser in to this peer's page, once, within a minute.");
        app.MapGet(LocalApi.EventsPath, (HttpContext context, EventStream events) => events.WriteAsync(context))
            .WithSummary("Events, as server-sent events. Resumes from Last-Event-ID.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
    }

    private static Task<StatusResponse> GetStatusAsync(IPeer peer) => peer.GetStatusAsync();

    private static Task<PeersResponse> ListPeersAsync(IPeer peer, CancellationToken cancellationToken) =>
        peer.ListPeersAsync(cancellationToken);

    [ProducesResponseType<ConnectResponse>(StatusCodes.Status202Accepted)]
    private static async Task<IResult> ConnectAsync(
        ConnectRequest body,
        IPeer peer,
        CancellationToken cancellationToken
    )
    {
        if (body is { Username: null, Link: { } link })
        {
            return TypedResults.Accepted(uri: (string?)null, await peer.ConnectByInviteAsync(link, cancellationToken));
        }

        if (body is not { Username: { } username, Link: null })
        {
            return TypedResults.Problem(ApiProblems.Malformed("Send either a username or an invite link."));
        }

        var name = ContractMapping.ParseUsername(username).Value;
        return TypedResults.Accepted(uri: (string?)null, await peer.ConnectAsync(name, cancellationToken));
    }

    private static async Task<NoContent> DisconnectAsync(string username, IPeer peer)
    {
        await peer.DisconnectAsync(username);
        return TypedResults.NoContent();
    }

    private static Task<RequestsResponse> ListRequestsAsync(IPeer peer) => peer.ListRequestsAsync();

    private static async Task<NoContent> AcceptAsync(string username, IPeer peer)
    {
        await peer.AcceptAsync(username);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RejectAsync(string username, IPeer peer)
    {
        await peer.RejectAsync(username);
        return TypedResults.NoContent();
    }

    private static async Task<Created<WebLinkResponse>> CreateWebLinkAsync(IPeer peer, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created((string?)null, await peer.CreateWebLinkAsync());
    }

    [ProducesResponseType<SendResponse>(StatusCodes.Status202Accepted)]
    private static async Task<IResult> SendAsync(
        string username,
        SendRequest body,
        IPeer peer,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey
    )
    {
        _ = ContractMapping.ParseUsername(username);
        if (ValidationError(body.Text) is { } problem)
        {
            return problem;
        }

        if (KeyError(idempotencyKey) is { } keyProblem)
        {
            return keyProblem;
        }

        return TypedResults.Accepted(
            uri: (string?)null,
            body.ReplyTo is { } id
                ? await peer.ReplyAsync(username, id, body.Text, idempotencyKey, body.ReplyToYours)
                : await peer.SendAsync(username, body.Text, idempotencyKey)
        );
    }

    [ProducesResponseType<TraceResponse>(StatusCodes.Status200OK)]
    private static async Task<IResult> TraceAsync(TraceRequest body, IPeer peer, CancellationToken cancellationToken)
    {
        _ = ContractMapping.ParseUsername(body.Username);
        return ValidationError(body.Text) is { } problem
            ? problem
            : TypedResults.Ok(await peer.TraceAsync(body.Username, body.Text, cancellationToken));
    }

    internal static ProblemHttpResult? KeyError(string? idempotencyKey) =>
        idempotencyKey?.Length is 0 or > MaxIdempotencyKeyLength
            ? TypedResults.Problem(
                ApiProblems.Malformed($"An Idempotency-Key has 1 to {MaxIdempotencyKeyLength} characters.")
            )
            : null;

    internal static ProblemHttpResult? ValidationError(string text, int maxBytes = ConversationOptions.MaxTextBytes) =>
        text.Length == 0 ? TypedResults.Problem(ApiProblems.EmptyText())
        : Encoding.UTF8.GetByteCount(text) > maxBytes
            ? TypedResults.Problem(
                ApiProblems.TooLarge($"The text may have at most {maxBytes} bytes of UTF-8. Shorten or split it.")
            )
        : null;
}
