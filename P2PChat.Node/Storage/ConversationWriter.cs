using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>
/// Hands the changes of one conversation to the store, in order. After one fails, all later ones fail too. A new
/// writer starts from what the store then has.
/// </summary>
/// <param name="epoch">The conversation's epoch, if the store does not know the conversation.</param>
/// <param name="committed">Called when all work up to a ticket is on disk. Calls may overtake each other.</param>
/// <param name="failed">Called once, when this writer can save nothing more.</param>
internal sealed class ConversationWriter(
    StoreWriter writer,
    PeerId remote,
    ulong epoch,
    Action<long> committed,
    Action<StoreException> failed
)
{
    private readonly Lock _gate = new();
    private HashSet<Guid>? _seenBefore;
    private Dictionary<Guid, Message>? _stored;
    private long _written;

    public PeerId Remote { get; } = remote;

    public ulong Epoch { get; } = epoch;

    /// <summary>
    /// Whether the other peer's key is not to be pinned when it is accepted. Set it before <see cref="Add"/>.
    /// </summary>
    public bool IsEphemeral { get; set; }

    /// <summary>The row of the other peer; 0 until it is known. Used by the writer thread only.</summary>
    public long Row { get; set; }

    /// <summary>Progress within the current transaction. Used by the writer thread only.</summary>
    public ConversationProgress Progress { get; } = new();

    /// <summary>Whether a change has failed. Used by the writer thread only.</summary>
    public bool IsBroken { get; set; }

    /// <summary>
    /// The ticket of the last work on disk, whether or not <c>committed</c> has been called for it yet.
    /// </summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>The ticket of the last work that was added. Guarded by the session.</summary>
    public long LastTicket { get; private set; }

    /// <summary>Adds a change.</summary>
    /// <param name="key">The idempotency key of the queued message, saved in the same transaction.</param>
    /// <param name="mayGather">See <see cref="StoreQueue.Add"/>.</param>
    /// <returns>Its ticket: <c>committed</c> will be called with it, or with a later one.</returns>
    public long Add(Change change, IdempotencyEntry? key, bool mayGather = false)
    {
        writer.Add(new StoreWork(this, ++LastTicket, change, key, IsEphemeral), mayGather);
        return LastTicket;
    }

    /// <summary>Whether a received message was stored before, under another number.</summary>
    public bool WasSeenBefore(Guid id)
    {
        lock (_gate)
        {
            return _seenBefore?.Contains(id) ?? false;
        }
    }

    public void NoteSeenBefore(Guid id)
    {
        lock (_gate)
        {
            _ = (_seenBefore ??= []).Add(id);
        }
    }

    /// <summary>Records a message that a message with content has stored or changed.</summary>
    /// <param name="id">The id of the message with content.</param>
    public void NoteStored(Guid id, Message message)
    {
        lock (_gate)
        {
            (_stored ??= [])[id] = message;
        }
    }

    /// <summary>
    /// Returns the message that a message with content has stored or changed, as it was right after that. Null if the
    /// content had no effect.
    /// </summary>
    public Message? FindStored(Guid id)
    {
        lock (_gate)
        {
            return _stored?.GetValueOrDefault(id);
        }
    }

    public void ForgetStored(Guid id)
    {
        lock (_gate)
        {
            _ = _stored?.Remove(id);
        }
    }

    /// <summary>For the writer thread: sets <see cref="Written"/>. Call it before <see cref="Committed"/>.</summary>
    public void NoteWritten(long ticket) => Interlocked.Exchange(ref _written, ticket);

    public void Committed(long ticket) => committed(ticket);

    public void Failed(StoreException exception) => failed(exception);
}

/// <summary>Progress of a conversation that is not in its row yet: 0 where nothing has changed.</summary>
internal sealed class ConversationProgress
{
    public ulong Base { get; set; }

    /// <summary>The checksum of everything below <see cref="Base"/>.</summary>
    public ulong Checksum { get; set; }

    /// <summary>The other side has acknowledged everything below this.</summary>
    public ulong Acknowledged { get; set; }

    public ulong Next { get; set; }

    public ulong SentNext { get; set; }

    public ulong TheirEpoch { get; set; }

    public ulong TheirNext { get; set; }

    /// <summary>The checksum of everything below <see cref="TheirNext"/>.</summary>
    public ulong TheirChecksum { get; set; }

    /// <summary>See <see cref="Change.Received.Kept"/>.</summary>
    public Position? TheirKept { get; set; }

    /// <summary>Whether messages have arrived.</summary>
    public bool HasReceived { get; set; }

    public void Clear()
    {
        (Base, Checksum, Acknowledged, Next, SentNext) = (0, 0, 0, 0, 0);
        (TheirEpoch, TheirNext, TheirChecksum, TheirKept, HasReceived) = (0, 0, 0, null, false);
    }
}

/// <summary>A change to write.</summary>
/// <param name="IsEphemeral">See <see cref="ConversationWriter.IsEphemeral"/>.</param>
internal readonly record struct StoreWork(
    ConversationWriter Conversation,
    long Ticket,
    Change Change,
    IdempotencyEntry? Key,
    bool IsEphemeral
)
{
    /// <summary>Its approximate size in memory, in bytes.</summary>
    public int Bytes
    {
        get
        {
            var bytes = 256;
            if (Change is Change.Queued queued)
            {
                bytes += 2 * queued.Message.Bytes;
            }
            else if (Change is Change.Received received)
            {
                foreach (var message in received.Messages)
                {
                    bytes += 256 + message.Bytes;
                }
            }

            return bytes;
        }
    }
}
