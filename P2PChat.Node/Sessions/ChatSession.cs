using System.Diagnostics;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Drives the <see cref="PeerSession"/> of one other peer: one lock, inputs in, effects out in their order. Nothing that
/// it does under the lock waits for anybody. Thread-safe.
/// </summary>
internal sealed partial class ChatSession
{
    private readonly Lock _gate = new();
    private readonly SessionContext _context;
    private readonly SessionNames<ChatSession> _names;
    private readonly PeerSession _machine;
    private readonly Dictionary<int, Link> _links = [];
    private readonly SessionSpans _spans;
    private readonly IdempotencyKeys _keys = new();
    private readonly SeenIds _told = new();
    private readonly ILogger _logger;
    private CancellationTokenSource? _dial;
    private Username? _name;
    private Username? _heldName;
    private bool _askingThePerson;
    private bool _unheard;
    private bool _ephemeral;
    private bool _retired;
    private long _connectedAt;

    /// <exception cref="StoreException">What is known of the other cannot be read.</exception>
    public ChatSession(SessionContext context, SessionNames<ChatSession> names, PeerId remote)
    {
        _context = context;
        _names = names;
        _logger = context.Logger;
        Remote = remote;
        var stored = context.Store.Load(remote);
        var snapshot = stored?.Session ?? new SessionSnapshot(null, new ConversationSnapshot(context.NextEpoch()));
        _machine = new PeerSession(
            context.SelfId,
            context.Self,
            remote,
            snapshot,
            context.Handshake,
            context.Conversation
        );
        (_waits, _theirEpoch) = (!context.Store.IsTemporary, snapshot.Conversation.TheirEpoch);
        _lane = new ConversationWriter(
            context.Store.Writer,
            remote,
            snapshot.Conversation.Epoch,
            OnCommitted,
            OnStoreFailed
        );
        (TheyAsked, _paused, _ephemeral) = (
            stored?.TheyAsked ?? false,
            stored?.Paused ?? false,
            stored?.Ephemeral ?? false
        );
        // A null array would convert to an empty capability.
        _theirCapability = stored?.TheirCapability is { } capability ? capability : default(ReadOnlyMemory<byte>?);
        _name = _machine.RemoteName;
        _spans = new SessionSpans(context.AcrossPeers);
        // What the store has may be older than what the other side has been told, as in a backup.
        if (context.Store.HasLostWrites && stored is not null)
        {
            BeginNextEpoch();
        }
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
            {
                return _name;
            }
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
            {
                return null;
            }

            var outcome = _machine.BeginConnect(name);
            // An attempt of this peer's own becomes the person's.
            if (outcome == ConnectOutcome.AlreadyAsking && _quiet)
            {
                (_quiet, outcome) = (false, ConnectOutcome.Dial);
            }

            Apply();
            return outcome;
        }
    }

    /// <summary>Begins to connect.</summary>
    /// <param name="ephemeral">Whether the other's key lives no longer than its process.</param>
    /// <param name="span">Lasts until the outcome, if a dial is needed.</param>
    /// <param name="dial">Cancelled when the dial is not wanted any more; the caller's.</param>
    /// <param name="quiet">Whether no person asked for it: that it came to nothing is not told.</param>
    /// <returns>Null if this session is no longer used: take another.</returns>
    public ConnectOutcome? BeginConnect(
        Username name,
        bool ephemeral,
        Activity? span,
        CancellationTokenSource dial,
        bool quiet = false
    )
    {
        lock (_gate)
        {
            if (_retired)
            {
                return null;
            }

            var outcome = _machine.BeginConnect(name);
            if (outcome == ConnectOutcome.Dial)
            {
                _ephemeral = ephemeral;
                _spans.Connecting(span);
                (_dial, _quiet) = (dial, quiet);
                if (!quiet)
                {
                    NoteAsker(theyAsked: false);
                }
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
            {
                return false;
            }
            // Another key has come under that name since this one was looked up.
            if (!TryHold(_machine.RemoteName!.Value))
            {
                EndAttempt(DisconnectReason.NameHeldByAnother);
                return false;
            }

            Attach(makeLink());
            return true;
        }
    }

    public void DialFailed(CancellationTokenSource dial, DisconnectReason reason)
    {
        lock (_gate)
        {
            if (EndDial(dial) && _machine.IsAsking)
            {
                EndAttempt(reason);
            }
        }
    }

    /// <summary>The other side has dialled.</summary>
    /// <returns>False if this session is no longer used: take another.</returns>
    public bool TryAttach(Link link)
    {
        lock (_gate)
        {
            if (_retired)
            {
                return false;
            }

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
            {
                _context.Policy.Rejected(Remote);
            }

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
            {
                return false;
            }

            Pause(true);
            End(CloseReason.Ended);
            return true;
        }
    }

    /// <summary>
    /// Ends what there is, and takes back that the two have accepted each other: what is queued is given up, and the other
    /// may leave no more mail.
    /// </summary>
    /// <returns>False if this session is no longer used: take another.</returns>
    public bool Part()
    {
        lock (_gate)
        {
            if (_retired || _broken)
            {
                return false;
            }

            _ = Reject();
            _ = Disconnect();
            // Behind the end of the links: the other is not told what is given up.
            _machine.Part();
            Apply();
            return true;
        }
    }

    /// <summary>Numbers what is not acknowledged anew, above all that an older copy of this peer may have used.</summary>
    /// <returns>False if this session is no longer used: take another.</returns>
    public bool BeginEpoch()
    {
        lock (_gate)
        {
            if (_retired || _broken)
            {
                return false;
            }

            BeginNextEpoch();
            Apply();
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

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    public DateTimeOffset? Deadline
    {
        get
        {
            lock (_gate)
            {
                return _broken ? null : _machine.Deadline;
            }
        }
    }

    /// <summary>Ends what took too long.</summary>
    public void Tick(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_machine.Deadline is not { } deadline || now < deadline)
            {
                return;
            }

            _machine.Tick(now);
            Apply();
        }
    }

    /// <summary>Gives up the messages that have waited too long.</summary>
    public void Expire(TimeReading now)
    {
        lock (_gate)
        {
            _machine.Conversation.Expire(now);
            Apply();
        }
    }

    /// <summary>Gives up a session that nobody needs.</summary>
    /// <param name="evenIfKnown">Even one that has been connected, and would be again.</param>
    public bool TryRetire(bool evenIfKnown)
    {
        lock (_gate)
        {
            var isKept = _outputs.Count == 0 && _sends.Count == 0 && _stored >= _lane.LastTicket;
            // What is unacknowledged is to expire, or to be left as mail, though nobody uses the session meanwhile.
            var idle =
                isKept && _machine.IsIdle && !_machine.HasMail && !_mailing && (evenIfKnown || !_machine.IsKnown);
            _retired |= idle;
            // One that ends with its peer is given up already, and may have to wait for the store.
            return idle;
        }
    }

    private void EndAttempt(DisconnectReason reason)
    {
        var name = _machine.RemoteName!.Value;
        _machine.ConnectFailed();
        NotConnected(name, reason);
        Apply();
    }

    private void BeginNextEpoch()
    {
        _machine.Conversation.BeginEpoch(_context.NextEpoch(above: _machine.Snapshot.Conversation.Epoch));
    }

    private void End(CloseReason reason)
    {
        var dialling = _dial is not null && _machine.IsAsking;
        // Not here and now: whoever waits for it would go on under this lock.
        _ = _dial?.CancelAsync();
        _dial = null;

        _machine.End(reason);
        if (dialling && _machine.RemoteName is { } name)
        {
            NotConnected(name, DisconnectReason.EndedByUs);
        }

        Apply();
    }

    // False if it is not the dial that is under way.
    private bool EndDial(CancellationTokenSource dial)
    {
        if (_dial != dial)
        {
            return false;
        }

        _dial = null;
        return true;
    }
}
