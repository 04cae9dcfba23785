using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for stored messages: read, search, export, delete, mark as read.</summary>
internal static class HistoryEndpoints
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 1000;
    private const int MaxQueryLength = 1000;

    private const string SearchSummary =
        "Messages that contain all the words, newest first. Without before=, also those of rooms.";

    public static void MapHistory(this IEndpointRouteBuilder api)
    {
        api.MapGet("/conversations/{username}/messages", GetMessagesAsync).WithSummary("Messages, oldest first.");
        api.MapDelete("/conversations/{username}/messages", DeleteAllAsync)
            .WithSummary("Deletes all messages with a peer, on this side only.");
        api.MapGet("/conversations/{username}/export", Export)
            .WithSummary("All messages with a peer, oldest first, as JSON lines.")
            .Produces(StatusCodes.Status200OK, contentType: MessageExport.ContentType);
        api.MapPost("/conversations/{username}/read", MarkReadAsync).WithSummary("Marks received messages as read.");
        api.MapPost("/conversations/{username}/typing", SetTypingAsync)
            .WithSummary("Tells the other peer that the user started or stopped typing.");
        api.MapPost("/presence", SetPresenceAsync).WithSummary("Tells connected peers that the user is away, or back.");
        api.MapGet("/search", SearchAsync).WithSummary(SearchSummary);
        api.MapGet("/rooms/search", SearchRoomsAsync)
            .WithSummary("Messages of rooms that contain all the words, newest first.");
        api.MapGet("/rooms/{room}/export", ExportRoom)
            .WithSummary("All messages of a room, oldest first, as JSON lines.")
            .Produces(StatusCodes.Status200OK, contentType: MessageExport.ContentType);
    }

    /// <param name="yours">
    /// Whether this peer's user has sent the message of after= or before=; left out for either.
    /// </param>
    [ProducesResponseType<MessagesResponse>(StatusCodes.Status200OK)]
    private static async Task<IResult> GetMessagesAsync(
        string username,
        Guid? after,
        Guid? before,
        int? limit,
        bool? yours,
        IPeer peer
    )
    {
        _ = ContractMapping.ParseUsername(username);
        if (limit is < 1 or > MaxLimit)
        {
            return InvalidLimit();
        }

        if (after is not null && before is not null)
        {
            return TypedResults.Problem(ApiProblems.Malformed("Give after= or before=, not both."));
        }

        return TypedResults.Ok(await peer.GetMessagesAsync(username, limit ?? DefaultLimit, after, before, yours));
    }

    private static Task<DeletedResponse> DeleteAllAsync(string username, IPeer peer) =>
        peer.DeleteMessagesAsync(username);

    private static IResult Export(string username, MessageService messages, HttpContext context)
    {
        // Refuses before the response starts.
        var exported = messages.Export(ContractMapping.ParseUsername(username));
        return Results.Stream(
            body => MessageExport.WriteAsync(exported, body, context.RequestAborted),
            MessageExport.ContentType
        );
    }

    private static async Task<NoContent> MarkReadAsync(string username, ReadRequest body, IPeer peer)
    {
        await peer.MarkReadAsync(username, body.UpTo);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetTypingAsync(string username, TypingRequest body, IPeer peer)
    {
        await peer.SetTypingAsync(username, body.Active);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetPresenceAsync(PresenceRequest body, IPeer peer)
    {
        await peer.SetPresenceAsync(body.Away);
        return TypedResults.NoContent();
    }

    [ProducesResponseType<SearchResponse>(StatusCodes.Status200OK)]
    private static async Task<IResult> SearchAsync(
        [FromQuery(Name = "q")] string words,
        long? before,
        int? limit,
        IPeer peer,
        CancellationToken cancellationToken
    ) =>
        SearchError(words, limit) is { } problem
            ? problem
            : TypedResults.Ok(await peer.SearchAsync(words, limit ?? DefaultLimit, before, cancellationToken));

    [ProducesResponseType<RoomSearchResponse>(StatusCodes.Status200OK)]
    private static async Task<IResult> SearchRoomsAsync(
        [FromQuery(Name = "q")] string words,
        long? before,
        int? limit,
        IPeer peer,
        CancellationToken cancellationToken
    ) =>
        SearchError(words, limit) is { } problem
            ? problem
            : TypedResults.Ok(await peer.Rooms.SearchAsync(words, limit ?? DefaultLimit, before, cancellationToken));

    private static IResult ExportRoom(string room, LocalRooms rooms, HttpContext context)
    {
        // Refuses before the response starts.
        var exported = rooms.Export(room);
        return Results.Stream(
            async body =>
            {
                try
                {
                    await MessageExport.WriteAsync(exported, body, context.RequestAborted);
                }
                catch (PeerException) when (context.Response.HasStarted)
                {
                    // The room was deleted meanwhile. What was sent must not look like all of it.
                    context.Abort();
                }
            },
            MessageExport.ContentType
        );
    }

    private static ProblemHttpResult? SearchError(string words, int? limit) =>
        limit is < 1 or > MaxLimit ? InvalidLimit()
        : words.Length > MaxQueryLength
            ? TypedResults.Problem(ApiProblems.Malformed($"q= takes at most {MaxQueryLength} characters."))
        : null;

    private static ProblemHttpResult InvalidLimit() =>
        TypedResults.Problem(ApiProblems.Malformed($"limit= takes 1 to {MaxLimit}."));
}
