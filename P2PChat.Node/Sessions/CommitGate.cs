using System.Security.Cryptography;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Hands a session's changes to the store, and releases each effect once the changes that it depends on are committed.
/// So a crash never undoes anything that the user, a bot or the other peer has seen. Guarded by the session's lock.
/// </summary>
/// <param name="theirEpoch">The other side's epoch that the store has; 0 if it has none.</param>
internal sealed class CommitGate(SessionContext context, ConversationWriter writer, ulong theirEpoch)
{
    private readonly OutputQueue _outputs = new();
    private readonly Queue<PendingSend> _sends = new();
    private readonly IdempotencyKeys _keys = new();
    private IdempotencyEntry? _pendingKey;
    private long _binding;

    // The ticket of the last change with content. Only the store knows what it changes, so its effects wait.
    private long _content;

    // Changes up to _committed may be acted on; changes up to _stored are durable. They differ only in a temporary
    // store.
    private long _committed;
    private long _stored;
    private bool _waits = !context.Store.IsTemporary;
    private ulong _theirEpoch = theirEpoch;

    /// <summary>The state in which the last message was queued, as the store has it.</summary>
    public MessageState QueuedState { get; private set; }

    /// <summary>Whether effects are waiting for a commit.</summary>
    public bool HasOutputs => _outputs.Count > 0;

    /// <summary>Whether everything is durable and nothing is waiting.</summary>
    public bool IsFlushed => _outputs.Count == 0 && _sends.Count == 0 && _stored >= writer.LastTicket;

    /// <summary>The ticket of the last durable change, whether or not it has been reported.</summary>
    public long Written => writer.Written;

    public void Add(SessionEffect effect)
    {
        if (effect is SessionEffect.Store { Change: var change })
        {
            Write(change);
            // Its effect is published once it is stored.
            if (change is Change.Queued { Message.Content: not null })
            {
                _outputs.Add(effect, _binding, writer.LastTicket);
            }
        }
        else
        {
            _outputs.Add(effect, _binding, writer.LastTicket);
        }
    }

    /// <summary>The oldest effect that is released; null if there is none.</summary>
    public SessionEffect? Take() => _outputs.Take(_committed);

    public void OnCommitted(long ticket)
    {
        _stored = Math.Max(_stored, ticket);
        _committed = Math.Max(_committed, _stored);
        CompleteSends();
    }

    /// <summary>Fails the pending sends and drops all effects.</summary>
    public void Fail(StoreException exception)
    {
        foreach (var send in _sends)
        {
            send.Sent.SetException(new PeerException(PeerError.StoreFailed, exception.Message));
        }

        _sends.Clear();
        _outputs.Clear();
    }

    /// <summary>Whether a message arrived before, under another number.</summary>
    public bool WasSeenBefore(Guid id) => writer.WasSeenBefore(id);

    /// <summary>
    /// Takes the message that a message with content has stored or changed, when its effect is released.
    /// </summary>
    /// <returns>Null if the content had no effect.</returns>
    public Message? TakeStored(Guid id)
    {
        var stored = writer.FindStored(id);
        writer.ForgetStored(id);
        return stored;
    }

    /// <summary>Finds the message that an earlier send with this key produced.</summary>
    /// <exception cref="PeerException">The key was used for another message.</exception>
    public Task<Message>? FindEarlierSend(SendKey key)
    {
        if (_keys.Find(key, out var isSame) is { } earlier)
        {
            return isSame ? earlier : throw Refusals.KeyReused();
        }

        if (context.Store.Keys.Find(writer.Remote, key.Key) is not { } stored)
        {
            return null;
        }

        // Empty if the message has disappeared: then its text is unknown.
        if (!stored.TextHash.IsEmpty && !CryptographicOperations.FixedTimeEquals(stored.TextHash.Span, key.TextHash))
        {
            throw Refusals.KeyReused();
        }

        return context.Store.Messages.Find(writer.Remote, stored.Id) is { } message ? Task.FromResult(message) : null;
    }

    /// <summary>Begins a send: the next queued message is stored together with the key, if there is one.</summary>
    public TaskCompletionSource<Message> BeginSend(SendKey? key, Guid id, DateTimeOffset sentAt)
    {
        var sent = new TaskCompletionSource<Message>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (key is { } used)
        {
            _pendingKey = new IdempotencyEntry(used.Key, used.TextHash, id, sentAt);
            _keys.Add(used, sent.Task);
        }

        return sent;
    }

    /// <summary>Completes the send once the binding changes up to now are committed.</summary>
    /// <param name="hasContent">Whether the result comes from the store.</param>
    public void EndSend(TaskCompletionSource<Message> sent, Message message, bool hasContent)
    {
        _pendingKey = null;
        _sends.Enqueue(new PendingSend(_binding, sent, message, hasContent));
        CompleteSends();
    }

    private void Write(Change change)
    {
        var queued = change as Change.Queued;
        var (waits, hasContent) = (WaitsForStore(change), HasContent(change));
        var ticket = writer.Add(
            change,
            queued is null ? null : _pendingKey,
            mayGather: !waits
                && !hasContent
                && change is Change.Queued or Change.Transmitted or Change.Received or Change.Acknowledged
        );
        _content = hasContent ? ticket : _content;
        if (!waits && _content <= _stored)
        {
            _committed = ticket;
        }

        if (change.IsBinding)
        {
            _binding = ticket;
        }

        if (queued is not null)
        {
            QueuedState = queued.Sent ? MessageState.Sent : MessageState.Queued;
        }
    }

    // A temporary store ends with the process, so nothing waits for it. Two exceptions: after the other side begins a
    // new epoch, only the store knows which messages it repeats; and a full store must not acknowledge what it drops.
    private bool WaitsForStore(Change change)
    {
        _waits |= context.Store.HasLostWrites;
        if (change is Change.Received took)
        {
            _waits |= _theirEpoch != 0 && took.Epoch != _theirEpoch;
            _theirEpoch = took.Epoch;
        }

        return _waits;
    }

    private void CompleteSends()
    {
        while (_sends.TryPeek(out var next) && next.Ticket <= _committed)
        {
            _ = _sends.Dequeue();
            if (!next.HasContent)
            {
                next.Sent.SetResult(next.Message);
            }
            else if (writer.FindStored(next.Message.Id) is { } stored)
            {
                next.Sent.SetResult(stored);
            }
            else
            {
                // The message was deleted before the change was stored.
                next.Sent.SetException(Refusals.UnknownMessage());
            }
        }
    }

    private static bool HasContent(Change change) =>
        change switch
        {
            Change.Queued queued => queued.Message.Content is not null,
            Change.Received received => HasContent(received.Messages),
            _ => false,
        };

    // Runs for every change in a busy conversation, so it must not allocate.
    private static bool HasContent(IReadOnlyList<IncomingMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Content is not null)
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct PendingSend(
        long Ticket,
        TaskCompletionSource<Message> Sent,
        Message Message,
        bool HasContent
    );
}
