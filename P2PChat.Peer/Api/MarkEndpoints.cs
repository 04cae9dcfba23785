using P2PChat.Client;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for conversations, their marks and their timers.</summary>
internal static class MarkEndpoints
{
    public static void MapMarks(this IEndpointRouteBuilder api)
    {
        api.MapGet("/conversations", ListAsync).WithSummary("Conversations, with their unread messages and marks.");
        api.MapPut("/conversations/{username}/marks", MarkAsync)
            .WithSummary(
                "Pins, archives or mutes a conversation, marks messages as unread, or sets whether files are accepted, "
                    + "on this side only."
            );
        api.MapGet("/conversations/{username}/timer", TimerAsync)
            .WithSummary("How long messages of a conversation stay before they disappear.");
        api.MapPut("/conversations/{username}/timer", SetTimerAsync)
            .WithSummary(
                "Sets how long new messages of both sides stay before they disappear. Screenshots and backups remain."
            );
    }

    private static Task<ConversationsResponse> ListAsync(IPeer peer) => peer.ListConversationsAsync();

    private static Task<ConversationItem> MarkAsync(string username, MarksRequest body, IPeer peer) =>
        peer.MarkConversationAsync(username, body);

    private static Task<TimerResponse> TimerAsync(string username, IPeer peer) => peer.GetTimerAsync(username);

    private static Task<TimerResponse> SetTimerAsync(string username, TimerRequest body, IPeer peer) =>
        peer.SetTimerAsync(username, body.Seconds);
}
