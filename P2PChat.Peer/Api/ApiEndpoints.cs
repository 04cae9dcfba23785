using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Peer.Api;

/// <summary>The calls of the local API. <see cref="ApiProblemCatalogue"/> has the problem of each refusal.</summary>
internal static class ApiEndpoints
{
    private const int MaxIdempotencyKeyLength = 128;

    public static void MapApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api");
        api.MapGet("/status", GetStatus).WithSummary("How this peer is.");
        api.MapGet("/peers", ListPeersAsync).WithSummary("The directory's list, and what this peer is to each.");
        api.MapPost("/connections", ConnectAsync).WithSummary("Asks to connect; the outcome is an event.");
        api.MapDelete("/connections/{username}", Disconnect).WithSummary("Ends a connection, or takes back a request.");
        api.MapGet("/requests", ListRequests).WithSummary("Who has asked to connect, and waits.");
        api.MapPost("/requests/{username}/accept", Accept).WithSummary("Lets a peer connect that has asked.");
        api.MapPost("/requests/{username}/reject", Reject).WithSummary("Refuses a peer that has asked.");
        api.MapContacts();
        api.MapSettings();
        api.MapPost("/conversations/{username}/messages", SendAsync)
            .WithSummary("Sends a message, now or when there is a link; what becomes of it is an event.");
        api.MapHistory();
        api.MapPost("/traces", TraceAsync)
            .WithSummary("Registers anew, connects anew and sends a message, all in one trace.");
        api.MapPost("/web-links", CreateWebLink)
            .WithSummary("A link that signs a browser in to this peer's page, once, within a minute.");
        app.MapGet(LocalApi.EventsPath, (HttpContext context, EventStream events) => events.WriteAsync(context))
            .WithSummary("What happens, as server-sent events; resumes from Last-Event-ID.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
    }

    private static StatusResponse GetStatus(StatusService status) => StatusResponse.Of(status.Current);

    private static async Task<PeersResponse> ListPeersAsync(
        ConnectionService connections,
        CancellationToken cancellationToken
    ) => PeersResponse.Of(await connections.ListPeersAsync(cancellationToken));

    private static async Task<Accepted<NameData>> ConnectAsync(
        ConnectRequest body,
        ConnectionService connections,
        CancellationToken cancellationToken
    )
    {
        var name = Name(body.Username);
        await connections.ConnectAsync(name, cancellationToken);
        return TypedResults.Accepted(uri: (string?)null, new NameData(name.Value));
    }

    private static NoContent Disconnect(string username, ConnectionService connections)
    {
        connections.Disconnect(Name(username));
        return TypedResults.NoContent();
    }

    private static RequestsResponse ListRequests(ConnectionService connections) =>
        RequestsResponse.Of(connections.Requests);

    private static NoContent Accept(string username, ConnectionService connections)
    {
        connections.Accept(Name(username));
        return TypedResults.NoContent();
    }

    private static NoContent Reject(string username, ConnectionService connections)
    {
        connections.Reject(Name(username));
        return TypedResults.NoContent();
    }

    private static Created<WebLinkResponse> CreateWebLink(SignInLinks links, HttpContext context)
    {
        var link = links.Create();
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created((string?)null, new WebLinkResponse(link.Url.AbsoluteUri, link.ExpiresAt));
    }

    [ProducesResponseType<SendResponse>(StatusCodes.Status202Accepted)]
    private static async Task<IResult> SendAsync(
        string username,
        SendRequest body,
        MessageService messages,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey
    )
    {
        var name = Name(username);
        if (WhyNot(body.Text) is { } problem)
        {
            return problem;
        }

        if (idempotencyKey?.Length is 0 or > MaxIdempotencyKeyLength)
        {
            return TypedResults.Problem(
                ApiProblems.Malformed($"An Idempotency-Key has 1 to {MaxIdempotencyKeyLength} characters.")
            );
        }

        var message = await messages.SendAsync(name, body.Text, idempotencyKey);
        return TypedResults.Accepted(uri: (string?)null, new SendResponse(message.Id, messages.RouteTo(name)));
    }

    [ProducesResponseType<TraceResponse>(StatusCodes.Status200OK)]
    private static async Task<IResult> TraceAsync(
        TraceRequest body,
        ConversationTrace trace,
        CancellationToken cancellationToken
    )
    {
        var name = Name(body.Username);
        if (WhyNot(body.Text) is { } problem)
        {
            return problem;
        }

        var traced = await trace.RunAsync(name, body.Text, cancellationToken);
        return TypedResults.Ok(
            new TraceResponse(
                traced.TraceId,
                [.. traced.Steps.Select(step => new TraceStepItem(step.Name, step.After.TotalMilliseconds))]
            )
        );
    }

    private static ProblemHttpResult? WhyNot(string text) =>
        text.Length == 0 ? TypedResults.Problem(ApiProblems.EmptyText())
        : Encoding.UTF8.GetByteCount(text) > ConversationOptions.MaxTextBytes
            ? TypedResults.Problem(
                ApiProblems.TooLarge(
                    $"A text may have {ConversationOptions.MaxTextBytes} bytes of UTF-8: send it in parts."
                )
            )
        : null;

    /// <exception cref="PeerException">It is none.</exception>
    internal static Username Name(string text) =>
        Username.TryParse(text, out var name)
            ? name
            : throw new PeerException(PeerError.InvalidUsername, Username.Rule);
}
