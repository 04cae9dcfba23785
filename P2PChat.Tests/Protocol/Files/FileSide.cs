using Google.Protobuf;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Files;

/// <summary>
/// One peer of a <see cref="FileSimulation"/>: the machines of this process, and a disk that outlives it.
/// </summary>
internal sealed class FileSide
{
    private readonly Dictionary<Guid, byte[]> _own = [];
    private readonly Dictionary<Guid, MerkleTree> _trees = [];
    private readonly List<FileEffect> _pending = [];
    private FilePuller _puller = new();
    private FileServer _server = new();
    private bool _isUp;

    /// <summary>What this side pulls, with the bytes that are on its disk.</summary>
    public Dictionary<Guid, PulledFile> Pulled { get; } = [];

    /// <summary>Files that the receiver has completed, as this side was told.</summary>
    public HashSet<Guid> ToldCompleted { get; } = [];

    public Queue<Frame> Out { get; } = new();

    public bool HasWork => _pending.Count > 0 || _server.HasParts;

    public DateTimeOffset? Deadline => _puller.Deadline;

    public void Offer(Guid id, byte[] content)
    {
        _own[id] = content;
        _trees[id] = TreeOf(content);
        _server.Add(id, _trees[id]);
    }

    public void Accept(Guid id, FileOffer offer, DateTimeOffset now)
    {
        Pulled[id] = new PulledFile(offer);
        _puller.Add(id, offer, new MerkleBuilder(), now);
        Execute(now);
    }

    /// <summary>Changes a file that was offered.</summary>
    public void Change(Guid id) => _own[id][^1] ^= 1;

    public void Connect(DateTimeOffset now)
    {
        _isUp = true;
        _server.Reset();
        _puller.Connected(now);
        Execute(now);
    }

    public void Cut()
    {
        _isUp = false;
        Out.Clear();
        _puller.Disconnected();
        _server.Reset();
    }

    /// <summary>Ends the process between any two effects, and starts another with what is on the disk.</summary>
    public void Restart(DateTimeOffset now)
    {
        _pending.Clear();
        (_puller, _server) = (new FilePuller(), new FileServer());
        foreach (var (id, tree) in _trees)
        {
            _server.Add(id, tree);
        }

        foreach (var (id, file) in Pulled.Where(pair => pair.Value.End is null))
        {
            // A leaf that was cut off does not count.
            file.Disk.SetLength(file.Disk.Length / FileOffer.LeafSize * FileOffer.LeafSize);
            _puller.Add(id, file.Offer, Hashes(file.Disk.ToArray()), now);
        }

        Execute(now);
    }

    public void Pause(Guid id, DateTimeOffset now)
    {
        _puller.Pause(id, now);
        Execute(now);
    }

    public void Resume(Guid id, DateTimeOffset now)
    {
        _puller.Resume(id, now);
        Execute(now);
    }

    public void PauseSending(Guid id, DateTimeOffset now)
    {
        _server.Stop(id, FileStopReason.Paused);
        Execute(now);
    }

    public void ResumeSending(Guid id, DateTimeOffset now)
    {
        _server.Resume(id);
        Execute(now);
    }

    public void Receive(Frame frame, DateTimeOffset now)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.FileAsk:
                _server.Receive(frame.FileAsk);
                break;
            case Frame.BodyOneofCase.FilePart:
                _puller.Receive(frame.FilePart, now);
                break;
            case Frame.BodyOneofCase.FileStop:
                _server.Receive(frame.FileStop);
                _puller.Receive(frame.FileStop, now);
                break;
            case Frame.BodyOneofCase.FileDecision:
                if (!_puller.Receive(frame.FileDecision, now))
                {
                    _server.Receive(frame.FileDecision);
                }

                break;
        }

        Execute(now);
    }

    /// <summary>Does one piece of work of the disk or of the link.</summary>
    public void Work(Random random, DateTimeOffset now)
    {
        if (_pending.Count > 0 && random.Next(3) > 0)
        {
            var effect = _pending[0];
            _pending.RemoveAt(0);
            WorkOnDisk(effect, random, now);
        }
        else if (_isUp && _server.TakePart() is { } part)
        {
            // As on the wire: the server uses the data again.
            Out.Enqueue(Frame.Parser.ParseFrom(part.ToByteArray()));
        }

        Execute(now);
    }

    public void Tick(DateTimeOffset now)
    {
        _puller.Tick(now);
        Execute(now);
    }

    public static MerkleTree TreeOf(byte[] content) => new([.. LeavesOf(content).SelectMany(leaf => leaf)]);

    private static MerkleBuilder Hashes(byte[] content)
    {
        var builder = new MerkleBuilder();
        foreach (var hash in LeavesOf(content))
        {
            builder.Add(hash);
        }

        return builder;
    }

    private static IEnumerable<byte[]> LeavesOf(byte[] content) =>
        content.Chunk(FileOffer.LeafSize).Select(leaf => MerkleTree.HashLeaf(leaf));

    private void WorkOnDisk(FileEffect effect, Random random, DateTimeOffset now)
    {
        switch (effect)
        {
            case FileEffect.WriteLeaf write:
                var disk = Pulled[write.Id].Disk;
                Assert.Equal(write.Leaf * FileOffer.LeafSize, disk.Length);
                if (random.Next(100) == 0)
                {
                    // The process ends in the middle of a write.
                    disk.Write(write.Data.Span[..(write.Data.Length / 2)]);
                    Cut();
                    Restart(now);
                    return;
                }

                disk.Write(write.Data.Span);
                _puller.Written(write.Id, now);
                break;
            case FileEffect.ReadLeaf read:
                var content = _own[read.Id];
                var at = (int)read.Leaf * FileOffer.LeafSize;
                var leaf = content.AsSpan(at, Math.Min(FileOffer.LeafSize, content.Length - at));
                leaf.CopyTo(read.Memory.Span);
                _server.Read(read, leaf.Length);
                break;
        }
    }

    private void Execute(DateTimeOffset now)
    {
        foreach (var effect in _server.TakeEffects().Concat(_puller.TakeEffects()))
        {
            switch (effect)
            {
                case FileEffect.Transmit transmit:
                    if (_isUp)
                    {
                        Out.Enqueue(transmit.Frame);
                    }

                    break;
                case FileEffect.Completed completed:
                    Pulled[completed.Id].End = completed;
                    _puller.Tell(completed.Id, FileDecisionKind.Completed);
                    Execute(now);
                    break;
                case FileEffect.Lied lied:
                    Pulled[lied.Id].End = lied;
                    break;
                case FileEffect.Damaged damaged:
                    Pulled[damaged.Id].End = damaged;
                    break;
                case FileEffect.Stopped stopped:
                    if (stopped.Reason != FileStopReason.Paused && Pulled.TryGetValue(stopped.Id, out var file))
                    {
                        file.End = stopped;
                    }

                    break;
                case FileEffect.Decided { Decision: FileDecisionKind.Completed } told:
                    _ = ToldCompleted.Add(told.Id);
                    break;
                case FileEffect.WriteLeaf or FileEffect.ReadLeaf:
                    _pending.Add(effect);
                    break;
            }
        }
    }
}

/// <summary>A file that a side pulls.</summary>
internal sealed class PulledFile(FileOffer offer)
{
    public FileOffer Offer { get; } = offer;

    public MemoryStream Disk { get; } = new();

    /// <summary>How its transfer has ended; null if it has not.</summary>
    public FileEffect? End { get; set; }
}
