using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using MessageState = P2PChat.Node.Model.MessageState;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Keeps <see cref="StatusRow"/> by what happens, and by the keys: whoever presses one has seen the messages above, and
/// those who sent them are told. Thread-safe.
/// </summary>
public sealed class PromptStatus(
    StatusService status,
    ConnectionService connections,
    MessageService messages,
    TimeProvider time
)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Username> _unread = [];
    private readonly SortedDictionary<string, long> _writing = new(StringComparer.Ordinal);
    private int _new;
    private (Guid Id, Username To, MessageState State)? _lastSent;

    public StatusRow Row
    {
        get
        {
            var current = status.Current;
            var connected = connections.ConnectedCount;
            var asking = connections.Requests.Select(request => request.From).ToList();
            lock (_gate)
            {
                return new StatusRow(
                    current.Name,
                    current.Directory,
                    connected,
                    asking,
                    _new,
                    Writing(),
                    _lastSent is var (_, to, state) ? (to, state) : null
                );
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
                    _new++;
                    _ = _unread.Add(Username.Parse(from));
                    _ = _writing.Remove(from);
                    break;
                case ApiEvent.Typing { Username: var name, Active: true }:
                    _writing[name] = time.GetTimestamp();
                    break;
                case ApiEvent.Typing { Username: var name }:
                    _ = _writing.Remove(name);
                    break;
                case ApiEvent.Disconnected { Username: var name }:
                    _ = _writing.Remove(name);
                    break;
                // Message ids are ordered by time. A receipt for an older message is not shown.
                case ApiEvent.Receipt receipt
                    when string.CompareOrdinal(receipt.Id.ToString(), _lastSent?.Id.ToString()) >= 0:
                    _lastSent = (receipt.Id, Username.Parse(receipt.Username), (MessageState)receipt.State);
                    break;
            }
        }
    }

    private List<Username> Writing() =>
        [
            .. _writing
                .Where(writing => time.GetElapsedTime(writing.Value) < PeerEvent.Typing.Lasts)
                .Select(writing => Username.Parse(writing.Key)),
        ];

    /// <summary>The person is there.</summary>
    public void KeyPressed()
    {
        Username[] read;
        lock (_gate)
        {
            if (_new == 0)
            {
                return;
            }

            read = [.. _unread];
            _unread.Clear();
            _new = 0;
        }

        foreach (var name in read)
        {
            try
            {
                messages.MarkRead(name, upTo: null);
            }
            catch (PeerException)
            {
                // Whoever is gone or blocked by now need not be told.
            }
        }
    }
}
