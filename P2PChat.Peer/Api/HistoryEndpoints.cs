using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>The calls about messages that are there: read, looked for, exported, deleted, marked.</summary>
internal static class HistoryEndpoints
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 1000;

    public static void MapHistory(this IEndpointRouteBuilder api)
    {
        api.MapGet("/conversations/{username}/messages", GetMessages).WithSummary("Messages, oldest first.");
        api.MapDelete("/conversations/{username}/messages", DeleteAllAsync)
            .WithSummary("Deletes all messages with a peer, on this side only.");
        api.MapDelete("/conversations/{username}/messages/{id}", DeleteAsync)
            .WithSummary("Deletes a message, on this side only.");
        api.MapGet("/conversations/{username}/export", Export)
            .WithSummary("All messages with a peer, oldest first, a JSON object a line.")
            .Produces(StatusCodes.Status200OK, contentType: MessageExport.ContentType);
        api.MapPost("/conversations/{username}/read", MarkRead)
            .WithSummary("Says that the person has read what has come.");
        api.MapPost("/conversations/{username}/typing", SetTyping)
            .WithSummary("Says that the person has begun to write, or stopped.");
        api.MapPost("/presence", SetPresence).WithSummary("Says that the person has gone away, or is back.");
        api.MapGet("/search", Search).WithSummary("Messages in which all the words occur, newest first.");
    }

    [ProducesResponseType<MessagesResponse>(StatusCodes.Status200OK)]
    private static IResult GetMessages(string username, Guid? after, Guid? before, int? limit, MessageService messages)
    {
        var name = ApiEndpoints.Name(username);
        if (limit is < 1 or > MaxLimit)
        {
            return TypedResults.Problem(ApiProblems.Malformed($"limit= takes 1 to {MaxLimit}."));
        }

        if (after is not null && before is not null)
        {
            return TypedResults.Problem(ApiProblems.Malformed("Give after= or before=, not both."));
        }

        var page = messages.Page(name, after, before, limit ?? DefaultLimit);
        return TypedResults.Ok(MessagesResponse.Of(page));
    }

    private static async Task<DeletedResponse> DeleteAllAsync(string username, MessageService messages) =>
        new(await messages.DeleteAsync(ApiEndpoints.Name(username), id: null));

    private static async Task<NoContent> DeleteAsync(string username, Guid id, MessageService messages)
    {
        _ = await messages.DeleteAsync(ApiEndpoints.Name(username), id);
        return TypedResults.NoContent();
    }

    private static IResult Export(string username, MessageService messages)
    {
        var exported = messages.Export(ApiEndpoints.Name(username));
        return Results.Stream(body => MessageExport.WriteAsync(exported, body), MessageExport.ContentType);
    }

    private static NoContent MarkRead(string username, ReadRequest body, MessageService messages)
    {
        messages.MarkRead(ApiEndpoints.Name(username), body.UpTo);
        return TypedResults.NoContent();
    }

    private static NoContent SetTyping(string username, TypingRequest body, PresenceService presence)
    {
        presence.SetTyping(ApiEndpoints.Name(username), body.Active);
        return TypedResults.NoContent();
    }

    private static NoContent SetPresence(PresenceRequest body, PresenceService presence)
    {
        presence.SetAway(body.Away);
        return TypedResults.NoContent();
    }

    [ProducesResponseType<SearchResponse>(StatusCodes.Status200OK)]
    private static IResult Search(
        [FromQuery(Name = "q")] string words,
        long? before,
        int? limit,
        MessageService messages
    )
    {
        if (limit is < 1 or > MaxLimit)
        {
            return TypedResults.Problem(ApiProblems.Malformed($"limit= takes 1 to {MaxLimit}."));
        }

        if (words.Length > MaxLimit)
        {
            return TypedResults.Problem(ApiProblems.Malformed($"q= takes {MaxLimit} characters."));
        }

        var page = messages.Search(words, before, limit ?? DefaultLimit);
        return TypedResults.Ok(SearchResponse.Of(page));
    }
}
