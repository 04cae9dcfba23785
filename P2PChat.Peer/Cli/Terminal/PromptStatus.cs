using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Protocol.Identity;
using MessageState = P2PChat.Node.Model.MessageState;
using RoomNotify = P2PChat.Node.Model.RoomNotify;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Keeps the <see cref="StatusRow"/> up to date. Thread-safe.</summary>
public sealed class PromptStatus(
    StatusService status,
    ConnectionService connections,
    ConversationBook book,
    TimeProvider timeProvider
)
{
    private readonly Lock _gate = new();

    // The names of those who type, by the room's id, which is empty for a conversation, and who they are.
    private readonly Dictionary<(string Room, string Who), (string Name, long Since)> _typing = [];
    private (Guid Id, Username To, MessageState State)? _lastSent;

    public StatusRow Row
    {
        get
        {
            var current = status.Current;
            var (connected, relayed) = (connections.ConnectedCount, connections.RelayedCount);
            var conversations = book.All;
            var openPath = conversations.FirstOrDefault(one => one.IsOpen)?.Chat is ChatKey.Contact { Name: var with }
                ? connections.PathTo(with)
                : null;
            var asking = connections.Requests.Select(request => request.From).ToList();
            lock (_gate)
            {
                return new StatusRow(
                    current.Name,
                    current.Directory,
                    connected,
                    asking,
                    conversations,
                    ListTyping(conversations),
                    _lastSent is var (_, to, state) ? (to, state) : null
                )
                {
                    Relayed = relayed,
                    OpenPath = openPath,
                };
            }
        }
    }

    public void Apply(ApiEvent apiEvent)
    {
        lock (_gate)
        {
            switch (apiEvent)
            {
                case ApiEvent.MessageReceived { Message.From: var from }:
                    _ = _typing.Remove(("", from));
                    break;
                case ApiEvent.Typing { Username: var name, Active: true }:
                    _typing[("", name)] = (name, timeProvider.GetTimestamp());
                    break;
                case ApiEvent.Typing { Username: var name }:
                    _ = _typing.Remove(("", name));
                    break;
                case ApiEvent.Disconnected { Username: var name }:
                    _ = _typing.Remove(("", name));
                    break;
                case ApiEvent.RoomMessageReceived { Message: var message }:
                    _ = _typing.Remove((message.Room, message.From.PeerId));
                    break;
                case ApiEvent.RoomTyping { From: var person, Active: true } typing:
                    _typing[(typing.Room, person.PeerId)] = (RoomText.Name(person), timeProvider.GetTimestamp());
                    break;
                case ApiEvent.RoomTyping typing:
                    _ = _typing.Remove((typing.Room, typing.From.PeerId));
                    break;
                // Message ids are ordered by time. A receipt for an older message is not shown.
                case ApiEvent.Receipt receipt
                    when string.CompareOrdinal(receipt.Id.ToString(), _lastSent?.Id.ToString()) >= 0:
                    _lastSent = (receipt.Id, Username.Parse(receipt.Username), (MessageState)receipt.State);
                    break;
            }
        }
    }

    private List<TypingPerson> ListTyping(IReadOnlyList<NumberedConversation> chats)
    {
        foreach (var (key, typing) in _typing)
        {
            if (timeProvider.GetElapsedTime(typing.Since) >= PeerEvent.Typing.Lasts)
            {
                _ = _typing.Remove(key);
            }
        }

        return
        [
            .. _typing
                .Select(one =>
                    (one.Value.Name, Room: chats.FirstOrDefault(chat => IsRoom(chat, one.Key.Room)), one.Key)
                )
                // In rooms that are not to notify the user, only in the open one.
                .Where(one =>
                    one.Key.Room.Length == 0 || one.Room is { IsOpen: true } or { Room.Notify: RoomNotify.All }
                )
                .Select(one => new TypingPerson(one.Name, one.Room is { IsOpen: false, Name: var room } ? room : null))
                .OrderBy(person => person.Name, StringComparer.Ordinal),
        ];
    }

    private static bool IsRoom(NumberedConversation chat, string id) => chat.Chat is ChatKey.Room room && room.Id == id;
}
