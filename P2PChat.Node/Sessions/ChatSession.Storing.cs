using System.Security.Cryptography;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <content>
/// What leaves this session, and when: nothing that stands on a change before the store has it. So what a person, a bot or
/// the other peer has been told is there after a crash.
/// </content>
internal sealed partial class ChatSession
{
    private static readonly TimeSpan KeyboardPeriod = TimeSpan.FromSeconds(10);
    private const int KeyboardEvents = 20;

    private readonly OutputQueue _outputs = new();
    private readonly Queue<(long Ticket, TaskCompletionSource<Message> Sent, Message Message)> _sends = new();
    private readonly ConversationWriter _lane;
    private IdempotencyEntry? _pendingKey;
    private MessageState _queuedAs;
    private List<SessionEffect> _effects = [];
    private long _binding;

    // All up to here may be stood upon, and all up to there is in the store: the two differ where the store is for a while only.
    private long _committed;
    private long _stored;
    private bool _waits;
    private ulong _theirEpoch;
    private bool _broken;
    private bool _paused;
    private bool _quiet;
    private long _keyboardTold;
    private int _keyboardEvents;

    /// <summary>Called, outside of the lock, when the store has failed: this session is of no more use.</summary>
    public Action<ChatSession>? Broken { get; init; }

    /// <summary>Whether the two have accepted each other, no link is open, and nobody has ended it. One may be asked for: that may come to nothing.</summary>
    public bool WantsLink
    {
        get
        {
            lock (_gate)
            {
                return !_retired && !_broken && !_paused && _machine.IsKnown && !_machine.IsConnected;
            }
        }
    }

    /// <summary>Sends a message; it goes out now or when there is a link.</summary>
    /// <returns>The message, when it is kept.</returns>
    /// <exception cref="PeerException">It cannot be sent: at once, or as the task's failure.</exception>
    public Task<Message>? SendAsync(Username to, string text, string? idempotencyKey)
    {
        var hash = idempotencyKey is null ? [] : IdempotencyKeys.HashOf(text);
        lock (_gate)
        {
            if (_retired || _broken)
            {
                return null;
            }

            if (idempotencyKey is not null && FindEarlier(idempotencyKey, hash) is { } earlier)
            {
                return earlier;
            }

            if (!_machine.IsKnown)
            {
                throw new PeerException(
                    PeerError.NotConnected,
                    $"You are not connected to {to}: 'connect {to}' first."
                );
            }

            using var span = _spans.Sending();
            var now = _context.MessageClock.Now;
            var sentAt = DateTimeOffset.FromUnixTimeMilliseconds(now.Own.ToUnixTimeMilliseconds());
            var id = Guid.CreateVersion7(now.Own);
            var outcome = _machine.Conversation.Send(
                new OutgoingMessage(id, text, sentAt, span?.Id)
                {
                    QueuedAtRan = now.Ran,
                    QueuedAtDirectory = now.Directory,
                }
            );
            if (outcome != SendOutcome.Queued)
            {
                _context.Metrics.MessageRefused();
                throw outcome == SendOutcome.BadText
                    ? new PeerException(
                        PeerError.BadText,
                        $"A message has 1 to {ConversationOptions.MaxTextBytes} bytes of text: send a shorter one, or several."
                    )
                    : new PeerException(
                        PeerError.TooManyUnacknowledged,
                        $"{to} has not taken the last messages yet: wait a while."
                    );
            }

            _context.Metrics.MessageSent();
            var sent = new TaskCompletionSource<Message>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (idempotencyKey is not null)
            {
                _pendingKey = new IdempotencyEntry(idempotencyKey, hash, id, sentAt);
                _keys.Add(idempotencyKey, hash, sent.Task);
            }

            Apply();
            _pendingKey = null;
            // As the store has it: a link that is open carries nothing before both sides have said where they stand.
            _sends.Enqueue((_binding, sent, new Message(id, Position: 0, _context.Self, to, text, sentAt, _queuedAs)));
            EndSends();
            if (!_machine.IsConnected)
            {
                Pause(false);
                _context.Reconnect.Wanted(to, Remote);
            }

            return sent.Task;
        }
    }

    /// <summary>The person has read all that came up to a message, or all there is.</summary>
    public void MarkRead(Guid? upTo)
    {
        var number = upTo is { } id ? _context.Store.AfterFlush().NumberOf(Remote, id) : null;
        lock (_gate)
        {
            var theirs = _machine.Snapshot.Conversation;
            if (upTo is null)
            {
                _ = _machine.Conversation.MarkRead(theirs.TheirEpoch, theirs.TheirNext);
            }
            else if (number is var (epoch, sequence))
            {
                // Only the current epoch's read position moves. A read in an earlier one marks all earlier as read.
                _ =
                    epoch == theirs.TheirEpoch
                        ? _machine.Conversation.MarkRead(epoch, sequence + 1)
                        : _machine.Conversation.MarkRead(theirs.TheirEpoch, 1);
            }
            else
            {
                throw new PeerException(PeerError.UnknownMessage, "There is no such message: see 'history'.");
            }

            Apply();
        }
    }

    public void SetTyping(bool active)
    {
        lock (_gate)
        {
            _machine.Conversation.SetTyping(active);
            Apply();
        }
    }

    public void SetPresence(PresenceState state)
    {
        lock (_gate)
        {
            _machine.Conversation.SetPresence(state);
            Apply();
        }
    }

    private Task<Message>? FindEarlier(string key, byte[] hash)
    {
        if (_keys.Find(key, hash, out var isSame) is { } earlier)
        {
            return isSame ? earlier : throw Reused();
        }

        if (_context.Store.FindKey(Remote, key) is not { } stored)
        {
            return null;
        }

        if (!CryptographicOperations.FixedTimeEquals(stored.TextHash.Span, hash))
        {
            throw Reused();
        }

        return _context.Store.Messages.Find(Remote, stored.Id) is { } message ? Task.FromResult(message) : null;
    }

    private void OnCommitted(long ticket)
    {
        lock (_gate)
        {
            _stored = Math.Max(_stored, ticket);
            _committed = Math.Max(_committed, _stored);
            EndSends();
            Apply();
        }
    }

    private void EndSends()
    {
        while (_sends.TryPeek(out var next) && next.Ticket <= _committed)
        {
            _ = _sends.Dequeue();
            next.Sent.SetResult(next.Message);
        }
    }

    // What ends with the process is not worth waiting for. But for one who begins an epoch anew, as from a backup: what it
    // says again only the store knows. And where the store is full: what it does not keep is neither sent nor acknowledged.
    private bool WaitsForTheStore(Change change)
    {
        _waits |= _context.Store.HasLostWrites;
        if (change is Change.Took took)
        {
            _waits |= _theirEpoch != 0 && took.Epoch != _theirEpoch;
            _theirEpoch = took.Epoch;
        }

        return _waits;
    }

    // What the machine stands on is not in the store: another begins with what is.
    private void OnStoreFailed(StoreException exception)
    {
        lock (_gate)
        {
            if (_broken)
            {
                return;
            }
            // What was kept before the failure has been kept, though it may not have been told yet.
            OnCommitted(_lane.Written);
            (_broken, _retired) = (true, true);
            foreach (var (_, sent, _) in _sends)
            {
                sent.SetException(new PeerException(PeerError.StoreFailed, exception.Message));
            }

            _sends.Clear();
            _outputs.Clear();
            _ = _composing?.TrySetResult(null);
            foreach (var link in _links.Values)
            {
                link.Close(CloseReason.InternalError);
            }

            _ = _dial?.CancelAsync();
            _dial = null;
            if (_askingThePerson)
            {
                PersonAnswered();
            }

            if (_name is { } name)
            {
                if (_links.Count > 0)
                {
                    Tell(new PeerEvent.Disconnected(name, DisconnectReason.ConnectionLost));
                }

                _context.Reconnect.Lost(name, Remote, SinceConnected());
            }

            _links.Clear();
            _context.Metrics.Error("store");
        }

        Broken?.Invoke(this);
    }

    private static PeerException Reused() =>
        new(PeerError.KeyReused, "This Idempotency-Key has sent another text: take a new key for each message.");
}
