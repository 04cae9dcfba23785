using Google.Protobuf;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Files;

/// <summary>
/// Two peers that exchange files in both directions over links that are cut, with processes that end at any point.
/// Deterministic for a seed.
/// </summary>
internal sealed class FileSimulation
{
    private readonly Random _random;
    private readonly FileSide[] _sides = [new(), new()];
    private readonly Dictionary<Guid, (byte[] Content, int Sender)> _files = [];
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private Guid? _changed;
    private bool _isLying;

    /// <param name="hasLiar">Whether the first side sends frames that are not what its machines made.</param>
    public FileSimulation(int seed, bool hasLiar)
    {
        _random = new Random(seed);
        _isLying = hasLiar;
        foreach (var sender in new[] { 0, 1 })
        {
            for (var i = _random.Next(1, 4); i > 0; i--)
            {
                Offer(sender);
            }
        }
    }

    /// <returns>How the transfers have ended.</returns>
    public IEnumerable<Type> Run()
    {
        Connect();
        for (var step = 0; step < 1500; step++)
        {
            Step();
        }

        var hasLied = _isLying;
        Settle();
        Check(hasLied);
        return _sides.SelectMany(side => side.Pulled.Values).Select(file => file.End!.GetType());
    }

    private void Offer(int sender)
    {
        var content = new byte[
            _random.Next(4) switch
            {
                0 => _random.Next(3),
                1 => _random.Next(1, 4) * FileOffer.LeafSize,
                _ => _random.Next(5 * FileOffer.LeafSize),
            }
        ];
        _random.NextBytes(content);
        var id = NewId();
        _files[id] = (content.ToArray(), sender);
        _sides[sender].Offer(id, content);
        _sides[1 - sender]
            .Accept(id, new FileOffer("a", content.Length, FileSide.TreeOf(content).Root, FileOffer.UnknownType));
    }

    private void Step()
    {
        var side = _random.Next(2);
        _now += TimeSpan.FromMilliseconds(_random.Next(10));
        switch (_random.Next(400))
        {
            case 0:
                Cut();
                Connect();
                break;
            case 1:
                Cut();
                _sides[side].Restart();
                Connect();
                break;
            case 2:
                // Without a cut that the other side notices, as when a path changes.
                Connect();
                break;
            case 3:
                _sides[side].Pause(AnyFile(1 - side), _now);
                break;
            case 4 or 5:
                _sides[side].Resume(AnyFile(1 - side));
                break;
            case 6:
                _sides[side].PauseSending(AnyFile(side));
                break;
            case 7 or 8:
                _sides[side].ResumeSending(AnyFile(side));
                break;
            case 9 when _changed is null && _random.Next(4) == 0:
                Change(AnyFile(side));
                break;
            case < 150:
                _sides[side].Work(_random, _now);
                break;
            default:
                Deliver(side);
                break;
        }
    }

    private void Change(Guid id)
    {
        if (_files[id].Content.Length > 0)
        {
            _sides[_files[id].Sender].Change(id);
            _changed = id;
        }
    }

    private void Deliver(int from)
    {
        if (!_sides[from].Out.TryDequeue(out var frame))
        {
            return;
        }

        // Frames go over the wire. Parts have done so already: see FileSide.
        frame = frame.BodyCase == Frame.BodyOneofCase.FilePart ? frame : Frame.Parser.ParseFrom(frame.ToByteArray());
        if (_isLying && from == 0 && _random.Next(6) == 0)
        {
            frame = Lie(frame);
        }

        _sides[1 - from].Receive(frame, _now);
    }

    private Frame Lie(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.FilePart:
                var part = frame.FilePart;
                switch (_random.Next(8))
                {
                    case 0:
                        part.Leaf = (ulong)_random.NextInt64(-3, 6);
                        break;
                    case 1:
                        part.Offset = (uint)_random.Next(-2, 300_000);
                        break;
                    case 2:
                        part.Data = ByteString.CopyFrom(new byte[_random.Next(300_000)]);
                        break;
                    case 3:
                        part.Data = ByteString.Empty;
                        break;
                    case 4:
                        part.Proof.Add(Enumerable.Repeat(ByteString.CopyFrom(new byte[_random.Next(40)]), 30));
                        break;
                    case 5:
                        part.Proof.Clear();
                        break;
                    case 6:
                        part.Id = ByteString.CopyFrom(new byte[_random.Next(20)]);
                        break;
                    default:
                        part.Id = ByteString.CopyFrom(AnyFile(0).ToByteArray(bigEndian: true));
                        break;
                }

                break;
            case Frame.BodyOneofCase.FileAsk:
                frame.FileAsk.Leaf = (ulong)_random.NextInt64(-3, 6);
                frame.FileAsk.Count = (uint)_random.Next(-3, 100);
                frame.FileAsk.Id = ByteString.CopyFrom(
                    _random.Next(2) == 0 ? new byte[_random.Next(20)] : AnyFile(1).ToByteArray(bigEndian: true)
                );
                break;
            default:
                return new Frame
                {
                    FileDecision = new FileDecision
                    {
                        Id = ByteString.CopyFrom(AnyFile(_random.Next(2)).ToByteArray(bigEndian: true)),
                        Kind = (FileDecisionKind)_random.Next(7),
                    },
                };
        }

        return frame;
    }

    // From here on nothing goes wrong, and all pauses end.
    private void Settle()
    {
        _isLying = false;
        Cut();
        Connect();
        foreach (var (id, (_, sender)) in _files)
        {
            _sides[sender].ResumeSending(id);
            _sides[1 - sender].Resume(id);
        }

        for (var i = 0; i < 100_000; i++)
        {
            var side = i % 2;
            if (_sides[side].HasWork)
            {
                _sides[side].Work(_random, _now);
            }

            Deliver(side);
            if (i % 1000 == 999)
            {
                _now += FilePuller.PartTimeout;
                _sides[0].Tick(_now);
                _sides[1].Tick(_now);
            }

            if (
                i > 10
                && _sides.All(one => one is { IsUp: true, HasWork: false, Out.Count: 0 })
                && _sides.All(one => one.Pulled.Values.All(file => file.End is not null))
            )
            {
                return;
            }

            // A process that ended in the middle of a write has cut the link.
            if (i % 5000 == 4999)
            {
                Connect();
            }
        }
    }

    private void Check(bool hasLied)
    {
        foreach (var (id, (content, sender)) in _files)
        {
            var pulled = _sides[1 - sender].Pulled[id];
            Assert.NotNull(pulled.End);
            if (pulled.End is FileEffect.Completed)
            {
                Assert.Equal(content, pulled.Disk.ToArray());
                Assert.True(hasLied || _sides[sender].ToldCompleted.Contains(id));
                continue;
            }

            // Only a lie or a change ends the transfer of a file.
            Assert.False(pulled.End is FileEffect.Damaged);
            if (!hasLied)
            {
                Assert.True(id == _changed, $"{pulled.End.GetType().Name} after {pulled.Disk.Length} bytes");
                // After a restart, the sender no longer knows why it has stopped.
                var reason = Assert.IsType<FileEffect.Stopped>(pulled.End).Reason;
                Assert.True(reason is FileStopReason.Changed or FileStopReason.Unavailable);
                Assert.DoesNotContain(id, _sides[sender].ToldCompleted);
            }
        }
    }

    private void Connect()
    {
        foreach (var side in _sides)
        {
            side.Connect(_now);
        }
    }

    private void Cut()
    {
        foreach (var side in _sides)
        {
            side.Cut();
        }
    }

    private Guid AnyFile(int sender)
    {
        var ids = _files.Where(pair => pair.Value.Sender == sender).Select(pair => pair.Key).ToList();
        return ids[_random.Next(ids.Count)];
    }

    private Guid NewId()
    {
        var id = new byte[16];
        _random.NextBytes(id);
        return new Guid(id);
    }
}
