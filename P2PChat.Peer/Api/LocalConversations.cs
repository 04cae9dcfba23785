using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using SendRoute = P2PChat.Client.SendRoute;

namespace P2PChat.Peer.Api;

/// <summary>
/// Lists conversations of the peer in this process, and changes their marks and timers, as contracts.
/// </summary>
internal sealed class LocalConversations(
    MessageService messages,
    ChatMarkService marks,
    TimerService timers,
    ProfileService profiles
)
{
    /// <summary>Lists all conversations, including those that have marks but no messages.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public ConversationsResponse List()
    {
        var (stored, all) = (messages.Conversations, marks.All);
        return new([
            .. stored
                .Concat(all.Keys.Except(stored.Select(one => one.With)).Select(Empty))
                .Select(one => ToContract(one, all.GetValueOrDefault(one.With, ChatMarks.None))),
        ]);
    }

    /// <exception cref="PeerException">The message cannot be sent or stored.</exception>
    public async Task<SendResponse> SendAsync(Username with, Func<Username, Task<Message>> send)
    {
        var message = await send(with);
        return new SendResponse(message.Id, (SendRoute)messages.RouteTo(with));
    }

    /// <exception cref="PeerException">
    /// There is no such conversation, contact or message, or the store fails.
    /// </exception>
    public ConversationItem Mark(Username with, MarksRequest request)
    {
        // The only part that can be refused while the conversation exists, so that a refusal changes nothing.
        if (request.UnreadFrom is { } id)
        {
            marks.MarkUnread(with, id);
        }

        marks.Set(with, request.Pinned, request.Archived, request.Muted, (Node.Model.AutoAccept?)request.AcceptFiles);
        return ToContract(
            messages.Conversations.FirstOrDefault(one => one.With == with) ?? Empty(with),
            marks.Of(with)
        );
    }

    /// <exception cref="PeerException">The store cannot be read.</exception>
    public TimerResponse TimerOf(Username with) => ToContract(timers.Of(with));

    /// <exception cref="PeerException">The time is not allowed, or it cannot be sent or stored.</exception>
    public async Task<TimerResponse> SetTimerAsync(Username with, long seconds) =>
        ToContract(await timers.SetAsync(with, seconds));

    private static TimerResponse ToContract(TimerView timer) => new(timer.Seconds, timer.TheyKeepMessages);

    private static ConversationOverview Empty(Username with) => new(with, Accepted: false, 0, 0, 0);

    private ConversationItem ToContract(ConversationOverview one, ChatMarks marks) =>
        new(
            one.With.Value,
            one.Unread,
            one.Waiting,
            marks.Pinned,
            marks.Archived,
            marks.Muted,
            profiles.Of(one.With)?.DisplayName,
            one.Accepted && timers.Of(one.With).Seconds is > 0 and var seconds ? seconds : null,
            one.LastAt,
            (Client.AutoAccept)marks.AcceptFiles
        );
}
