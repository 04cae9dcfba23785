using Microsoft.AspNetCore.Mvc;
using P2PChat.Client;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for single messages: information, reactions, edits, deletes.</summary>
internal static class MessageEndpoints
{
    private const string Everyone = "everyone";
    private const string Path = "/conversations/{username}/messages/{id}";

    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        api.MapGet(Path, GetAsync).WithSummary("A message with its times, its earlier versions and its changes.");
        api.MapPatch(Path, EditAsync).WithSummary("Edits a message that this peer sent in the last 48 hours.");
        api.MapDelete(Path, DeleteAsync)
            .WithSummary(
                "Deletes a message on this side only. With ?for=everyone, deletes a message that this peer sent on "
                    + "both sides. In a room, the default differs."
            );
        api.MapPut($"{Path}/reaction", ReactAsync).WithSummary("Sets this user's reaction to a message.");
        api.MapDelete($"{Path}/reaction", RemoveReactionAsync).WithSummary("Removes this user's reaction.");
    }

    /// <param name="yours">Whether this peer's user has sent it; left out for either.</param>
    private static Task<MessageInfoResponse> GetAsync(string username, Guid id, IPeer peer, bool? yours = null) =>
        peer.GetMessageAsync(username, id, yours);

    [ProducesResponseType<MessageItem>(StatusCodes.Status200OK)]
    private static async Task<IResult> EditAsync(string username, Guid id, EditRequest body, IPeer peer)
    {
        _ = ContractMapping.ParseUsername(username);
        return ApiEndpoints.ValidationError(body.Text, ConversationOptions.MaxEditBytes) is { } problem
            ? problem
            : TypedResults.Ok(await peer.EditMessageAsync(username, id, body.Text));
    }

    /// <param name="scope">The only value is "everyone". Without it, only this side's copy is deleted.</param>
    /// <param name="yours">Whether this peer's user has sent it; left out for either.</param>
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    private static async Task<IResult> DeleteAsync(
        string username,
        Guid id,
        [FromQuery(Name = "for")] string? scope,
        bool? yours,
        IPeer peer
    )
    {
        if (scope is not (null or Everyone))
        {
            return TypedResults.Problem(
                ApiProblems.Malformed(
                    $"The only value of 'for' is '{Everyone}'. Leave it out to delete the message on this side only."
                )
            );
        }

        if (scope is not null && yours == false)
        {
            return TypedResults.Problem(ApiProblems.Malformed("Only messages of yours can be deleted for everyone."));
        }

        await (
            scope is null
                ? peer.DeleteMessageAsync(username, id, yours)
                : peer.DeleteMessageForEveryoneAsync(username, id)
        );
        return TypedResults.NoContent();
    }

    /// <param name="yours">Whether this peer's user has sent it; left out for either.</param>
    private static Task<MessageItem> ReactAsync(
        string username,
        Guid id,
        ReactionRequest body,
        IPeer peer,
        bool? yours = null
    ) => peer.ReactAsync(username, id, body.Emoji, yours);

    /// <param name="yours">Whether this peer's user has sent it; left out for either.</param>
    private static Task<MessageItem> RemoveReactionAsync(string username, Guid id, IPeer peer, bool? yours = null) =>
        peer.ReactAsync(username, id, emoji: null, yours);
}
