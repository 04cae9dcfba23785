using Google.Protobuf;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Files;

/// <summary>
/// One peer of a <see cref="FileSimulation"/>: the machines of this process, driven by the calls that a session makes,
/// and a disk that outlives it.
/// </summary>
internal sealed class FileSide
{
    private readonly Dictionary<Guid, OwnFile> _own = [];

    // The work of the disk, one after the other: an effect, or a file to pull from what is on the disk. Work of an
    // earlier beginning of that file is dropped.
    private readonly List<(FileEffect? Effect, Guid Id, int Beginning)> _pending = [];
    private FilePuller _puller = new();
    private FileServer _server = new();
    private bool _isLoaded;
    private DateTimeOffset _now;

    public bool IsUp { get; private set; }

    /// <summary>What this side pulls, with the bytes that are on its disk.</summary>
    public Dictionary<Guid, PulledFile> Pulled { get; } = [];

    /// <summary>Files that the receiver has completed, as this side was told.</summary>
    public HashSet<Guid> ToldCompleted { get; } = [];

    public Queue<Frame> Out { get; } = new();

    public bool HasWork => _pending.Count > 0 || _server.HasParts;

    public void Offer(Guid id, byte[] content)
    {
        _own[id] = new OwnFile(content, TreeOf(content));
        _server.Add(id, _own[id].Tree.Count);
    }

    public void Accept(Guid id, FileOffer offer)
    {
        Pulled[id] = new PulledFile(offer);
        Begin(id);
    }

    /// <summary>Changes a file that was offered.</summary>
    public void Change(Guid id) => _own[id].Content[^1] ^= 1;

    public void Connect(DateTimeOffset now)
    {
        (IsUp, _now) = (true, now);
        _server.Reset();
        _puller.Connected(now);
        if (!_isLoaded)
        {
            Load();
        }

        // The other side may have missed it.
        foreach (var (id, _) in Pulled.Where(pair => pair.Value.End is FileEffect.Completed))
        {
            _puller.Send(id, FileDecisionKind.Completed);
        }

        Execute();
    }

    public void Cut()
    {
        IsUp = false;
        Out.Clear();
        _puller.Disconnected();
        _server.Reset();
        Execute();
    }

    /// <summary>Ends the process between any two effects, and starts another with what is on the disk.</summary>
    public void Restart()
    {
        _pending.Clear();
        (IsUp, _isLoaded) = (false, false);
        (_puller, _server) = (new FilePuller(), new FileServer());
        Out.Clear();
    }

    public void Pause(Guid id, DateTimeOffset now)
    {
        if (Pulled[id] is { End: null, IsPaused: false } file)
        {
            file.IsPaused = true;
            file.Beginning++;
            _puller.Remove(id, FileStopReason.Paused, now);
            Execute();
        }
    }

    public void Resume(Guid id)
    {
        if (Pulled[id] is { End: null, IsPaused: true } file)
        {
            file.IsPaused = false;
            Begin(id);
        }
    }

    public void PauseSending(Guid id)
    {
        _own[id].IsPaused = true;
        _server.Stop(id, FileStopReason.Paused);
        Execute();
    }

    public void ResumeSending(Guid id)
    {
        _own[id].IsPaused = false;
        _server.Resume(id);
        Execute();
    }

    public void Receive(Frame frame, DateTimeOffset now)
    {
        _now = now;
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

        Execute();
    }

    /// <summary>Does one piece of work of the disk or of the link.</summary>
    public void Work(Random random, DateTimeOffset now)
    {
        if (_pending.Count > 0 && random.Next(3) > 0)
        {
            var (effect, id, beginning) = _pending[0];
            _pending.RemoveAt(0);
            if (effect is FileEffect.ReadLeaf read)
            {
                Read(read);
            }
            else if (beginning == Pulled[id].Beginning)
            {
                if (effect is FileEffect.WriteLeaf write)
                {
                    Write(write, random, now);
                }
                else
                {
                    Prepare(id, now);
                }
            }
        }
        else if (IsUp && _server.TakePart() is { } part)
        {
            Assert.InRange(part.FilePart.Data.Length, 1, 16384);
            // As on the wire: the server uses the data again.
            Out.Enqueue(Frame.Parser.ParseFrom(part.ToByteArray()));
        }

        Execute();
    }

    public void Tick(DateTimeOffset now)
    {
        _puller.Tick(now);
        Execute();
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

    private void Load()
    {
        _isLoaded = true;
        foreach (var (id, own) in _own.Where(pair => !pair.Value.HasEnded))
        {
            _server.Add(id, own.Tree.Count);
            if (own.IsPaused)
            {
                _server.Stop(id, FileStopReason.Paused);
            }
        }

        foreach (var (id, _) in Pulled.Where(pair => pair.Value is { End: null, IsPaused: false }))
        {
            Begin(id);
        }
    }

    private void Begin(Guid id) => _pending.Add((null, id, ++Pulled[id].Beginning));

    private void Prepare(Guid id, DateTimeOffset now)
    {
        var file = Pulled[id];
        if (_isLoaded && file is { End: null, IsPaused: false })
        {
            // A leaf that was cut off does not count.
            var isWhole = file.Disk.Length == file.Offer.Size;
            file.Disk.SetLength(isWhole ? file.Offer.Size : file.Disk.Length / FileOffer.LeafSize * FileOffer.LeafSize);
            _puller.Add(id, file.Offer, Hashes(file.Disk.ToArray()), now);
        }
    }

    private void Write(FileEffect.WriteLeaf write, Random random, DateTimeOffset now)
    {
        var disk = Pulled[write.Id].Disk;
        Assert.Equal(write.Leaf * FileOffer.LeafSize, disk.Length);
        if (random.Next(100) == 0)
        {
            // The process ends in the middle of a write.
            disk.Write(write.Data.Span[..(write.Data.Length / 2)]);
            Restart();
            return;
        }

        disk.Write(write.Data.Span);
        _puller.Written(write.Id, now);
    }

    private void Read(FileEffect.ReadLeaf read)
    {
        var own = _own[read.Id];
        var at = (int)read.Leaf * FileOffer.LeafSize;
        var leaf = own.Content.AsSpan(at, Math.Min(FileOffer.LeafSize, own.Content.Length - at));
        leaf.CopyTo(read.Memory.Span);
        var isOffered = own
            .Tree.Leaves.Slice((int)read.Leaf * MerkleTree.HashSize, MerkleTree.HashSize)
            .SequenceEqual(MerkleTree.HashLeaf(leaf));
        _server.Read(read, leaf.Length, isOffered ? own.Tree.ProofOf(read.Leaf) : null);
    }

    private void Execute()
    {
        foreach (var effect in _server.TakeEffects())
        {
            switch (effect)
            {
                case FileEffect.Stopped { Reason: not FileStopReason.Paused } stopped:
                    _own[stopped.Id].HasEnded = true;
                    break;
                case FileEffect.Decided { Decision: not FileDecisionKind.Accepted } told:
                    _own[told.Id].HasEnded = true;
                    if (told.Decision == FileDecisionKind.Completed)
                    {
                        _ = ToldCompleted.Add(told.Id);
                    }

                    break;
                default:
                    ExecuteCommon(effect);
                    break;
            }
        }

        foreach (var effect in _puller.TakeEffects())
        {
            switch (effect)
            {
                case FileEffect.Completed completed:
                    Pulled[completed.Id].End = completed;
                    _puller.Send(completed.Id, FileDecisionKind.Completed);
                    Execute();
                    break;
                case FileEffect.Decided ready:
                    _puller.Continue(ready.Id, _now);
                    Execute();
                    break;
                case FileEffect.Mismatched mismatched:
                    Pulled[mismatched.Id].End = mismatched;
                    break;
                case FileEffect.Damaged damaged:
                    Pulled[damaged.Id].End = damaged;
                    break;
                case FileEffect.Stopped stopped:
                    if (stopped.Reason != FileStopReason.Paused)
                    {
                        Pulled[stopped.Id].End = stopped;
                    }

                    break;
                default:
                    ExecuteCommon(effect);
                    break;
            }
        }
    }

    private void ExecuteCommon(FileEffect effect)
    {
        switch (effect)
        {
            case FileEffect.Transmit transmit:
                if (IsUp)
                {
                    Out.Enqueue(transmit.Frame);
                }

                break;
            case FileEffect.WriteLeaf write:
                _pending.Add((write, write.Id, Pulled[write.Id].Beginning));
                break;
            case FileEffect.ReadLeaf read:
                _pending.Add((read, read.Id, 0));
                break;
        }
    }

    private sealed record OwnFile(byte[] Content, MerkleTree Tree)
    {
        public bool IsPaused { get; set; }

        public bool HasEnded { get; set; }
    }
}

/// <summary>A file that a side pulls.</summary>
internal sealed class PulledFile(FileOffer offer)
{
    public FileOffer Offer { get; } = offer;

    public MemoryStream Disk { get; } = new();

    public bool IsPaused { get; set; }

    /// <summary>How often it was begun.</summary>
    public int Beginning { get; set; }

    /// <summary>How its transfer has ended; null if it has not.</summary>
    public FileEffect? End { get; set; }
}
