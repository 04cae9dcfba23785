using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>A message to be sent.</summary>
/// <param name="Text">The <see cref="FallbackText"/> if there is content.</param>
/// <param name="Id">The message's id; null for a new one.</param>
internal readonly record struct MessageDraft(string Text, MessageContent? Content = null, Guid? Id = null)
{
    /// <summary><see cref="SessionMessages.Deletes"/> before the message was read that this changes.</summary>
    public long Deletes { get; init; }

    /// <summary>Whether the user did not ask for it. Then it connects to nobody.</summary>
    public bool IsAutomatic { get; init; }
}

/// <summary>
/// Sends messages, and marks received ones as read. Part of a session: see <see cref="SessionHost"/>.
/// </summary>
/// <param name="stored">The timers as the store has them.</param>
internal sealed class SessionMessages(SessionHost host, StoredTimers stored)
{
    private readonly SessionContext _context = host.Context;
    private readonly SessionTimers _timers = new(stored);
    private long _disappeared;

    /// <summary>How long messages stay before they disappear.</summary>
    public ConversationTimer Timer
    {
        get
        {
            lock (host.StateLock)
            {
                return _timers.Current;
            }
        }
    }

    /// <summary>Whether messages can be sent, or queued, because the two are contacts.</summary>
    public bool CanSend
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Machine.IsContact;
            }
        }
    }

    /// <summary>How many timers the two sides have set since the start.</summary>
    public long TimersSet
    {
        get
        {
            lock (host.StateLock)
            {
                return _timers.SetCount;
            }
        }
    }

    /// <summary>How often a message was deleted for everyone, or some have disappeared, since the start.</summary>
    public long Deletes
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Machine.Conversation.Deletes + _disappeared;
            }
        }
    }

    /// <summary>Records that the time of messages with this peer is over.</summary>
    public void OnDisappeared()
    {
        lock (host.StateLock)
        {
            _disappeared++;
        }
    }

    /// <summary>Finds the message that an earlier send with this key produced; null if there was none.</summary>
    /// <exception cref="PeerException">The key was used for another message.</exception>
    public Task<Message>? FindEarlier(SendKey key)
    {
        lock (host.StateLock)
        {
            return host.Lifecycle.IsRetired ? null : host.Commits.FindEarlierSend(key);
        }
    }

    /// <summary>Sends a message over the open link, or queues it until there is a link.</summary>
    /// <returns>
    /// The message once it is committed, or the one that its content has changed; null if this session is retired, or
    /// the message to be edited must be read again. Then the caller must try again with the session of that time.
    /// </returns>
    /// <exception cref="PeerException">The message is refused, at once or as the task's failure.</exception>
    public Task<Message>? SendAsync(Username to, MessageDraft draft, SendKey? key)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return null;
            }

            if (key is { } used && host.Commits.FindEarlierSend(used) is { } earlier)
            {
                return earlier;
            }

            if (!host.Machine.IsContact)
            {
                throw Refusals.NotConnected(to);
            }

            // The message may have disappeared since it was read.
            if (draft.Content is MessageContent.Edit && draft.Deletes != Deletes)
            {
                return null;
            }

            var text = TextOf(draft);
            using var span = host.Spans.StartSend();
            var now = _context.MessageClock.Now;
            var sentAt = DateTimeOffset.FromUnixTimeMilliseconds(now.Own.ToUnixTimeMilliseconds());
            var id = draft.Id ?? Guid.CreateVersion7(now.Own);
            var expiresAfter = MessageContent.IsText(draft.Content) ? _timers.Current.Seconds : 0;
            ThrowIfRefused(
                host.Machine.Conversation.Send(
                    new OutgoingMessage(id, text, sentAt, span?.Id)
                    {
                        Content = draft.Content,
                        ExpiresAfter = expiresAfter,
                        QueuedAtRan = now.Ran,
                        QueuedAtDirectory = now.Directory,
                    }
                ),
                to
            );
            _timers.OnSent(id, draft.Content);
            _context.Metrics.MessageSent();
            var sent = host.Commits.BeginSend(key, id, sentAt);
            host.Drain();
            host.Commits.EndSend(
                sent,
                new Message(id, 0, _context.Self, to, text, sentAt, host.Commits.QueuedState)
                {
                    ExpiresAfter = expiresAfter,
                },
                draft.Content is not null
            );
            if (!host.Machine.IsConnected && !draft.IsAutomatic)
            {
                host.Contact.SetPaused(false);
                _context.Reconnect.Wanted(to, host.Remote);
            }

            return sent.Task;
        }
    }

    /// <summary>Marks the other peer's messages as read.</summary>
    /// <param name="upTo">The last message that was read; null for all that have arrived.</param>
    /// <exception cref="PeerException">There is no such message.</exception>
    public void MarkRead(Guid? upTo)
    {
        var number = upTo is { } id ? _context.Store.AfterFlush().NumberOf(host.Remote, id) : null;
        if (upTo is not null && number is null)
        {
            throw Refusals.UnknownMessage();
        }

        lock (host.StateLock)
        {
            var theirs = host.Machine.Snapshot.Conversation;
            // Only the current epoch's read position moves. A read in an earlier one marks all earlier as read.
            var next =
                number is not { } read ? theirs.TheirNext
                : read.Epoch == theirs.TheirEpoch ? read.Sequence + 1
                : 1;
            _ = host.Machine.Conversation.MarkRead(theirs.TheirEpoch, next);
            host.Drain();
        }
    }

    /// <summary>Takes over a timer that the other side has set.</summary>
    internal void OnReceived(IncomingMessage message) => _timers.OnReceived(message.Id, message.Content);

    /// <summary>Records whether the other side lacks a message of ours. A timer that it lacks does not count.</summary>
    internal void NoteMissing(Guid id, bool isMissing) => _timers.NoteMissing(id, isMissing);

    // A message that has been deleted since it was read must not be quoted.
    private string TextOf(MessageDraft draft) =>
        draft.Content is MessageContent.Reaction && draft.Deletes != Deletes
            ? FallbackText.Of(draft.Content, "")
            : draft.Text;

    private void ThrowIfRefused(SendOutcome outcome, Username to)
    {
        if (outcome == SendOutcome.Queued)
        {
            return;
        }

        _context.Metrics.MessageRefused();
        throw outcome switch
        {
            SendOutcome.BadText => Refusals.BadText(),
            SendOutcome.TargetDeleted => Refusals.MessageDeleted(),
            _ => new PeerException(
                PeerError.TooManyUnacknowledged,
                $"{to} has not acknowledged your last messages yet. Try again later."
            ),
        };
    }
}
