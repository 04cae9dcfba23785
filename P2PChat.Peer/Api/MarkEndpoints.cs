using P2PChat.Client;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for conversations and their marks.</summary>
internal static class MarkEndpoints
{
    public static void MapMarks(this IEndpointRouteBuilder api)
    {
        api.MapGet("/conversations", ListAsync).WithSummary("Conversations, with their unread messages and marks.");
        api.MapPut("/conversations/{username}/marks", MarkAsync)
            .WithSummary("Pins, archives or mutes a conversation, or marks messages as unread, on this side only.");
    }

    private static Task<ConversationsResponse> ListAsync(IPeer peer) => peer.ListConversationsAsync();

    private static Task<ConversationItem> MarkAsync(string username, MarksRequest body, IPeer peer) =>
        peer.MarkConversationAsync(username, body);
}
