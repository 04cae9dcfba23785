using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Files;

/// <summary>
/// Serves the files that this side has offered to one other peer (docs/protocol.md, section 23): reads leaves on
/// demand, and cuts them into parts, which the link takes when it has nothing else to write. A sans-IO state machine,
/// not thread-safe.
/// </summary>
public sealed class FileServer
{
    /// <summary>Limit on leaves that the other side may ask for at once.</summary>
    public const int MaxAsked = 64;

    // Leaves that are read or being read, and not yet sent.
    private const int MaxRead = 2;

    private readonly Dictionary<Guid, OutgoingFile> _files = [];
    private readonly LinkedList<(Guid Id, long Leaf)> _asked = new();
    private readonly Queue<LeafParts> _parts = new();
    private readonly LeafBuffers _buffers = new();
    private List<FileEffect> _effects = [];

    // Its last part may still be written to the link.
    private byte[]? _sent;
    private int _reading;

    /// <summary>Whether <see cref="TakePart"/> has a part.</summary>
    public bool HasParts => _parts.Count > 0;

    /// <summary>Lets the other side pull a file.</summary>
    /// <param name="id">The id of the message with the offer.</param>
    public void Add(Guid id, long leafCount) => _files[id] = new OutgoingFile(leafCount);

    /// <summary>Forgets what the other side has asked for on an earlier link. It asks again on the next.</summary>
    public void Reset()
    {
        _asked.Clear();
        _parts.Clear();
        // The earlier link may still write it.
        _sent = null;
        _buffers.Clear();
    }

    public void Receive(FileAsk ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        if (FileFrames.IdOf(ask.Id) is not { } id)
        {
            return;
        }

        if (!_files.TryGetValue(id, out var file))
        {
            Transmit(FileFrames.Stop(id, FileStopReason.Unavailable));
            return;
        }

        if (file.Stopped is { } reason)
        {
            Transmit(FileFrames.Stop(id, reason));
            return;
        }

        // More than it may ask for, and leaves that do not exist, are ignored.
        var leaf = ask.Leaf;
        for (var i = 0U; i < ask.Count && _asked.Count < MaxAsked && leaf < (ulong)file.LeafCount; i++)
        {
            _ = _asked.AddLast((id, (long)leaf++));
        }

        ReadMore();
    }

    /// <summary>Handles the receiver's file_stop.</summary>
    public void Receive(FileStop stop)
    {
        ArgumentNullException.ThrowIfNull(stop);
        if (FileFrames.IdOf(stop.Id) is not { } id || !IsServed(id))
        {
            return;
        }

        Drop(id);
        var isPaused = stop.Reason == FileStopReason.Paused;
        if (!isPaused)
        {
            _ = _files.Remove(id);
        }

        // The other reasons are the sender's.
        Emit(new FileEffect.Stopped(id, isPaused ? FileStopReason.Paused : FileStopReason.Cancelled));
        ReadMore();
    }

    /// <summary>Handles the receiver's file_decision.</summary>
    public void Receive(FileDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        if (
            decision.Kind is not (FileDecisionKind.Accepted or FileDecisionKind.Declined or FileDecisionKind.Completed)
            || FileFrames.IdOf(decision.Id) is not { } id
            || !IsServed(id)
        )
        {
            return;
        }

        if (decision.Kind != FileDecisionKind.Accepted)
        {
            Drop(id);
            _ = _files.Remove(id);
            if (_asked.Count == 0)
            {
                _buffers.Clear();
            }
        }

        Emit(new FileEffect.Decided(id, decision.Kind));
        ReadMore();
    }

    /// <summary>A leaf was read.</summary>
    /// <param name="length">Of the bytes that were read into its buffer.</param>
    /// <param name="proof">Its audit path; null if it is not the leaf that was offered.</param>
    public void Read(FileEffect.ReadLeaf read, int length, IReadOnlyList<byte[]>? proof)
    {
        ArgumentNullException.ThrowIfNull(read);
        _reading--;
        if (_files.TryGetValue(read.Id, out var file) && file.Stopped is null)
        {
            if (proof is not null)
            {
                _parts.Enqueue(new LeafParts(read, read.Buffer.AsMemory(0, length), proof));
            }
            else
            {
                Stop(read.Id, FileStopReason.Changed);
                Emit(new FileEffect.Stopped(read.Id, FileStopReason.Changed));
            }
        }

        ReadMore();
    }

    /// <summary>A leaf could not be read. The file is no longer served, or is paused.</summary>
    public void Failed(Guid id, FileStopReason reason)
    {
        _reading--;
        if (IsServed(id))
        {
            Stop(id, reason);
            if (reason != FileStopReason.Paused)
            {
                Emit(new FileEffect.Stopped(id, reason));
            }
        }

        ReadMore();
    }

    /// <summary>Stops serving a file, or pauses it.</summary>
    /// <param name="notifies">Whether the other side is told now, not only when it asks.</param>
    public void Stop(Guid id, FileStopReason reason, bool notifies = true)
    {
        if (!_files.TryGetValue(id, out var file) || !IsServed(id))
        {
            return;
        }

        Drop(id);
        // Kept, so that a receiver that has missed the frame is told when it asks again.
        file.Stopped = reason;
        if (notifies)
        {
            Transmit(FileFrames.Stop(id, reason));
        }

        ReadMore();
    }

    /// <summary>Ends a pause of this side.</summary>
    public void Resume(Guid id)
    {
        if (_files.TryGetValue(id, out var file) && file.Stopped == FileStopReason.Paused)
        {
            file.Stopped = null;
            Transmit(FileFrames.Decide(id, FileDecisionKind.Ready));
        }
    }

    /// <summary>The next part to write, of the leaf that was asked for first; null if there is none.</summary>
    /// <returns>Its data is valid until the next call.</returns>
    public Frame? TakePart()
    {
        if (_sent is not null)
        {
            _buffers.Return(_sent);
            _sent = null;
        }

        if (!_parts.TryPeek(out var parts))
        {
            return null;
        }

        var frame = parts.Take();
        if (parts.IsEmpty)
        {
            _sent = _parts.Dequeue().Leaf.Buffer;
            ReadMore();
        }

        return frame;
    }

    /// <inheritdoc cref="FilePuller.TakeEffects"/>
    public IReadOnlyList<FileEffect> TakeEffects()
    {
        var effects = _effects;
        _effects = [];
        return effects;
    }

    private bool IsServed(Guid id) =>
        _files.TryGetValue(id, out var file) && file.Stopped is null or FileStopReason.Paused;

    private void Drop(Guid id)
    {
        for (var node = _asked.First; node is not null; )
        {
            var next = node.Next;
            if (node.Value.Id == id)
            {
                _asked.Remove(node);
            }

            node = next;
        }

        for (var i = _parts.Count; i > 0; i--)
        {
            var parts = _parts.Dequeue();
            if (parts.Leaf.Id != id)
            {
                _parts.Enqueue(parts);
            }
        }
    }

    private void ReadMore()
    {
        while (_reading + _parts.Count < MaxRead && _asked.First is { } next)
        {
            _asked.RemoveFirst();
            _reading++;
            Emit(new FileEffect.ReadLeaf(next.Value.Id, next.Value.Leaf, _buffers.Rent()));
        }
    }

    private void Transmit(Frame frame) => Emit(new FileEffect.Transmit(frame));

    private void Emit(FileEffect effect) => _effects.Add(effect);

    private sealed class OutgoingFile(long leafCount)
    {
        public long LeafCount { get; } = leafCount;

        /// <summary>Why this side does not send it; null if it does.</summary>
        public FileStopReason? Stopped { get; set; }
    }

    private sealed record LeafParts(FileEffect.ReadLeaf Leaf, ReadOnlyMemory<byte> Data, IReadOnlyList<byte[]> Proof)
    {
        private int _offset;

        public bool IsEmpty => _offset == Data.Length;

        public Frame Take()
        {
            var size = Math.Min(FileFrames.MaxPart, Data.Length - _offset);
            var frame = FileFrames.Part(
                Leaf.Id,
                Leaf.Leaf,
                _offset,
                Data.Slice(_offset, size),
                _offset == 0 ? Proof : []
            );
            _offset += size;
            return frame;
        }
    }
}
