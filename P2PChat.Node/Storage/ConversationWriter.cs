using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>
/// The changes of one conversation on their way to the store, in order. Once one of them has failed so has every later
/// one: a new lane begins with what the store then has.
/// </summary>
/// <param name="epoch">Of the conversation, if the store does not know it.</param>
/// <param name="committed">Called when all work up to a ticket is on the disk. Calls may overtake each other.</param>
/// <param name="failed">Called once, when nothing more of this lane will be kept.</param>
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
    private long _written;

    public PeerId Remote { get; } = remote;

    public ulong Epoch { get; } = epoch;

    /// <summary>The row of the other peer; 0 until it is known. The writer's own.</summary>
    public long Row { get; set; }

    /// <summary>How far the present transaction moves the conversation. The writer's own.</summary>
    public LaneProgress Progress { get; } = new();

    /// <summary>Set by the writer, and read by nobody else.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Of the last work that is on the disk, whether or not <c>committed</c> has been called for it yet.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Of the last work that was handed in. Guarded by the lane's session.</summary>
    public long LastTicket { get; private set; }

    /// <summary>Hands in what is to be kept.</summary>
    /// <param name="key">The idempotency key of the message that the change queues; kept with it or not at all.</param>
    /// <param name="mayGather">See <see cref="StoreWriter.Add"/>.</param>
    /// <returns>Its ticket: <c>committed</c> will be called with it, or a later one.</returns>
    public long Add(Change change, IdempotencyEntry? key, bool mayGather = false)
    {
        writer.Add(new StoreWork(this, ++LastTicket, change, key), mayGather);
        return LastTicket;
    }

    /// <summary>Whether a message had come before, under another number.</summary>
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

    /// <summary>The writer's own: before it is told.</summary>
    public void NoteWritten(long ticket) => Interlocked.Exchange(ref _written, ticket);

    public void Committed(long ticket) => committed(ticket);

    public void Failed(StoreException exception) => failed(exception);
}

/// <summary>Where changes take a conversation that are not yet noted: 0 where it was. Only the last of each kind counts.</summary>
internal sealed class LaneProgress
{
    public ulong Base { get; set; }

    /// <summary>Of what lies below <see cref="Base"/>.</summary>
    public ulong Checksum { get; set; }

    /// <summary>Below it the other side has acknowledged all.</summary>
    public ulong Acknowledged { get; set; }

    public ulong Next { get; set; }

    public ulong SentNext { get; set; }

    public ulong TheirEpoch { get; set; }

    public ulong TheirNext { get; set; }

    /// <summary>Of what lies below <see cref="TheirNext"/>.</summary>
    public ulong TheirChecksum { get; set; }

    /// <summary>See <see cref="Change.Took.Kept"/>.</summary>
    public Position? TheirKept { get; set; }

    public void Clear() =>
        (Base, Checksum, Acknowledged, Next, SentNext, TheirEpoch, TheirNext, TheirChecksum, TheirKept) = (
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            null
        );
}

/// <summary>Which message an idempotency key has made.</summary>
internal sealed record IdempotencyEntry(string Key, ReadOnlyMemory<byte> TextHash, Guid Id, DateTimeOffset SentAt);

/// <summary>One piece of work for the writer.</summary>
internal readonly record struct StoreWork(ConversationWriter Lane, long Ticket, Change Change, IdempotencyEntry? Key)
{
    /// <summary>About the bytes that it holds while it waits.</summary>
    public int Bytes
    {
        get
        {
            var bytes = 256;
            if (Change is Change.Queued queued)
            {
                bytes += 2 * queued.Message.Text.Length;
            }
            else if (Change is Change.Took took)
            {
                foreach (var message in took.Messages)
                {
                    bytes += 256 + message.Utf8.Length;
                }
            }

            return bytes;
        }
    }
}
