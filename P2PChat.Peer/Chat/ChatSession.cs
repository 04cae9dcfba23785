using System.Diagnostics;
using P2PChat.Peer.Connections;
using P2PChat.Protocol.Conversations;
using P2PChat.Protocol.Frames;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Links;

namespace P2PChat.Peer.Chat;

/// <summary>
/// Drives the <see cref="PeerSession"/> of one other peer: one lock, inputs in, effects out in their order. Nothing that
/// it does under the lock waits for anybody. Thread-safe.
/// </summary>
internal sealed partial class ChatSession
{
    private readonly Lock _gate = new();
    private readonly SessionContext _context;
    private readonly PeerSession _machine;
    private readonly Dictionary<int, Link> _links = [];
    private readonly SessionSpans _spans;
    private readonly ConversationHistory _history;
    private readonly IdempotencyKeys _keys = new();
    private readonly ILogger _logger;
    private CancellationTokenSource? _dial;
    private Username? _name;
    private bool _askingThePerson;
    private bool _unheard;
    private bool _ephemeral;
    private bool _retired;
    private long _historyUsed;

    public ChatSession(SessionContext context, PeerId remote)
    {
        _context = context;
        _logger = context.Logger;
        Remote = remote;
        _machine = new PeerSession(context.SelfId, context.Self, remote, context.NextEpoch(), context.Handshake, new ConversationOptions());
        _spans = new SessionSpans(context.AcrossPeers);
        _history = new ConversationHistory(context.HistoryMessages, context.HistoryBytes);
        _historyUsed = context.Clock.GetTimestamp();
    }

    /// <summary>Called, under the lock, when the other's name has become known or another than before; before anything is told under it.</summary>
    public Action<ChatSession, Username?, Username>? Named { get; init; }

    public PeerId Remote { get; }

    /// <summary>Null until it is known for sure.</summary>
    public Username? Name
    {
        get
        {
            lock (_gate)
                return _name;
        }
    }

    /// <summary>Whether the other side asked for the present connection, not this one.</summary>
    public bool TheyAsked { get; private set; }

    public Relation Relation
    {
        get
        {
            lock (_gate)
            {
                return _machine.IsConnected ? Relation.Connected
                    : _machine.HasRequest ? Relation.Asking
                    : _machine.IsAsking ? Relation.Asked
                    : Relation.None;
            }
        }
    }

    /// <summary>What connecting comes to without a dial; null if there must be one.</summary>
    public ConnectOutcome? TryConnectWithoutDial(Username name)
    {
        lock (_gate)
        {
            if (!_machine.IsConnected && !_machine.HasRequest && !_machine.IsAsking)
                return null;
            var outcome = _machine.BeginConnect(name);
            Apply();
            return outcome;
        }
    }

    /// <summary>Begins to connect.</summary>
    /// <param name="ephemeral">Whether the other's key lives no longer than its process.</param>
    /// <param name="span">Lasts until the outcome, if a dial is needed.</param>
    /// <param name="dial">Cancelled when the dial is not wanted any more; the caller's.</param>
    /// <returns>Null if this session is no longer used: take another.</returns>
    public ConnectOutcome? BeginConnect(Username name, bool ephemeral, Activity? span, CancellationTokenSource dial)
    {
        lock (_gate)
        {
            if (_retired)
                return null;
            var outcome = _machine.BeginConnect(name);
            if (outcome == ConnectOutcome.Dial)
            {
                (_ephemeral, TheyAsked) = (ephemeral, false);
                _spans.Connecting(span);
                _dial = dial;
            }

            Apply();
            return outcome;
        }
    }

    /// <summary>A link that this side dialled has come about.</summary>
    /// <param name="makeLink">Called if the link is still wanted.</param>
    /// <returns>False if it is not.</returns>
    public bool AttachDialled(CancellationTokenSource dial, Func<Link> makeLink)
    {
        lock (_gate)
        {
            if (!EndDial(dial) || !_machine.IsAsking)
                return false;
            Attach(makeLink());
            return true;
        }
    }

    public void DialFailed(CancellationTokenSource dial, DisconnectReason reason)
    {
        lock (_gate)
        {
            if (!EndDial(dial) || !_machine.IsAsking)
                return;
            var name = _machine.RemoteName!.Value;
            _machine.ConnectFailed();
            NotConnected(name, reason);
            Apply();
        }
    }

    /// <summary>The other side has dialled.</summary>
    /// <returns>False if this session is no longer used: take another.</returns>
    public bool TryAttach(Link link)
    {
        lock (_gate)
        {
            if (_retired)
                return false;
            Attach(link);
            return true;
        }
    }

    /// <returns>False if there is no request.</returns>
    public bool Accept()
    {
        lock (_gate)
        {
            var found = _machine.Accept();
            Apply();
            return found;
        }
    }

    /// <returns>False if there is no request.</returns>
    public bool Reject()
    {
        lock (_gate)
        {
            var found = _machine.Reject(RejectReason.Declined);
            if (found)
                _context.Policy.Rejected(Remote);
            Apply();
            return found;
        }
    }

    /// <summary>Ends the connection or takes back the request.</summary>
    /// <returns>False if there is neither.</returns>
    public bool Disconnect()
    {
        lock (_gate)
        {
            if (!_machine.IsConnected && !_machine.IsAsking)
                return false;
            End(CloseReason.Ended);
            return true;
        }
    }

    public void EndForExit()
    {
        lock (_gate)
        {
            _retired = true;
            End(CloseReason.GoingAway);
        }
    }

    /// <exception cref="PeerException">It cannot be sent.</exception>
    public Message Send(Username to, string text, string? idempotencyKey)
    {
        lock (_gate)
        {
            if (idempotencyKey is not null && _keys.Find(idempotencyKey, text, out var isSame) is { } earlier)
            {
                return isSame
                    ? _history.Find(earlier.Id) ?? earlier
                    : throw new PeerException(PeerError.KeyReused, "This Idempotency-Key has sent another text: take a new key for each message.");
            }

            if (!_machine.IsConnected)
                throw new PeerException(PeerError.NotConnected, $"You are not connected to {to}: 'connect {to}' first.");

            using var span = _spans.Sending();
            var now = _context.Clock.GetUtcNow();
            var sentAt = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
            var id = Guid.CreateVersion7(now);
            var outcome = _machine.Send(new OutgoingMessage(id, text, sentAt, span?.Id));
            if (outcome != SendOutcome.Queued)
            {
                _context.Metrics.MessageRefused();
                throw outcome == SendOutcome.BadText
                    ? new PeerException(PeerError.BadText, $"A message has 1 to {ConversationOptions.MaxTextBytes} bytes of text: send a shorter one, or several.")
                    : new PeerException(PeerError.TooManyUnacknowledged, $"{to} has not taken the last messages yet: wait a while.");
            }

            _context.Metrics.MessageSent();
            var message = _history.Add(id, _context.Self, to, text, sentAt, MessageState.Sent)!;
            _historyUsed = _context.Clock.GetTimestamp();
            if (idempotencyKey is not null)
                _keys.Add(idempotencyKey, message);
            Apply();
            return message;
        }
    }

    public MessagePage Messages(Guid? after, Guid? before, int limit)
    {
        lock (_gate)
            return _history.Page(after, before, limit);
    }

    /// <summary>About the bytes of memory that the messages take, and the timestamp of the latest.</summary>
    public (long Bytes, long UsedAt) HistoryUse
    {
        get
        {
            lock (_gate)
                return (_history.Bytes, _historyUsed);
        }
    }

    public void ClearHistory()
    {
        lock (_gate)
            _history.Clear();
    }

    /// <summary>Ends what took too long.</summary>
    public void Tick(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_machine.Deadline is not { } deadline || now < deadline)
                return;
            _machine.Tick(now);
            Apply();
        }
    }

    /// <summary>Gives up a session that nobody needs.</summary>
    /// <param name="evenIfKnown">Even one that has been connected, and would be again.</param>
    public bool TryRetire(bool evenIfKnown)
    {
        lock (_gate)
        {
            var idle = _links.Count == 0 && !_machine.IsAsking && (evenIfKnown || (_machine.IsIdle && !_machine.IsKnown));
            return _retired |= idle;
        }
    }

    private void End(CloseReason reason)
    {
        var dialling = _dial is not null && _machine.IsAsking;
        // Not here and now: whoever waits for it would go on under this lock.
        _ = _dial?.CancelAsync();
        _dial = null;

        _machine.End(reason);
        if (dialling && _machine.RemoteName is { } name)
            NotConnected(name, DisconnectReason.EndedByUs);
        Apply();
    }

    // False if it is not the dial that is under way.
    private bool EndDial(CancellationTokenSource dial)
    {
        if (_dial != dial)
            return false;
        _dial = null;
        return true;
    }
}
