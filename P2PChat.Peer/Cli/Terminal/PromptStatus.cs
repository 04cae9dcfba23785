using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Protocol.Identity;
using MessageState = P2PChat.Node.Model.MessageState;

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
    private readonly SortedDictionary<string, long> _typing = new(StringComparer.Ordinal);
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
                    ListTyping(),
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
                    _ = _typing.Remove(from);
                    break;
                case ApiEvent.Typing { Username: var name, Active: true }:
                    _typing[name] = timeProvider.GetTimestamp();
                    break;
                case ApiEvent.Typing { Username: var name }:
                    _ = _typing.Remove(name);
                    break;
                case ApiEvent.Disconnected { Username: var name }:
                    _ = _typing.Remove(name);
                    break;
                // Message ids are ordered by time. A receipt for an older message is not shown.
                case ApiEvent.Receipt receipt
                    when string.CompareOrdinal(receipt.Id.ToString(), _lastSent?.Id.ToString()) >= 0:
                    _lastSent = (receipt.Id, Username.Parse(receipt.Username), (MessageState)receipt.State);
                    break;
            }
        }
    }

    private List<Username> ListTyping() =>
        [
            .. _typing
                .Where(typing => timeProvider.GetElapsedTime(typing.Value) < PeerEvent.Typing.Lasts)
                .Select(typing => Username.Parse(typing.Key)),
        ];
}
