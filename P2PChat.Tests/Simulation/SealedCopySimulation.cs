using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Protocol.Files;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// Files that one peer sends to another by way of the directory: random losses of requests and answers, crashes between
/// any two steps, refusals, lost claims, expiry, links that come and go, and files that the directory changes.
/// </summary>
internal sealed class SealedCopySimulation : IDisposable
{
    private static readonly CopyLane[] Lanes = Enum.GetValues<CopyLane>();

    private readonly Random _random;
    private readonly SimulatedCopyPeer _sender;
    private readonly SimulatedCopyPeer _receiver;
    private readonly List<SimulatedFile> _files = [];
    private readonly int _losses;
    private bool _isCalm;

    /// <param name="folder">An empty folder for the stores.</param>
    /// <param name="keepsFiles">For a deliberate fault: the directory ignores deletions.</param>
    public SealedCopySimulation(int seed, string folder, bool keepsFiles = false)
    {
        Directory.KeepsFiles = keepsFiles;
        _random = new Random(seed);
        _losses = _random.Next(3) * 10;
        var (alice, bob) = (Username.Parse("alice"), Username.Parse("bob"));
        _sender = new SimulatedCopyPeer(this, Path.Combine(folder, "alice"), alice, bob);
        _receiver = new SimulatedCopyPeer(this, Path.Combine(folder, "bob"), bob, alice);
        KnownCapability = Directory.Capability;
    }

    public SimulatedFileStore Directory { get; } = new();

    public SimulatedClock Clock { get; } = new();

    public bool IsLinked { get; private set; }

    /// <summary>The capability that the sender has.</summary>
    public byte[] KnownCapability { get; private set; }

    /// <summary>How many files have come by way of the directory.</summary>
    public int Fetched { get; private set; }

    /// <returns>The first violation; null if there is none.</returns>
    public string? Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            Step();
        }

        return Settle();
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    public byte[] ContentOf(Guid id) => FileOf(id).Content;

    public bool HasArrived(Guid id) => FileOf(id).HasArrived;

    public void Write(Guid id, byte[] content) => FileOf(id).Written = content;

    /// <summary>The receiver has a whole file by way of the directory.</summary>
    public void Complete(Guid id)
    {
        FileOf(id).Completions++;
        Fetched++;
    }

    /// <summary>Loses a request, or its answer.</summary>
    public void Lose()
    {
        if (!_isCalm && _random.Next(100) < _losses)
        {
            throw new DirectoryException(DirectoryFailure.Unreachable, "lost");
        }
    }

    private void Step()
    {
        switch (_random.Next(40))
        {
            case < 20:
                var peer = _random.Next(2) == 0 ? _sender : _receiver;
                _ = peer.IsUp && peer.Step(Lanes[_random.Next(Lanes.Length)]);
                break;
            case < 23:
                Advance(TimeSpan.FromSeconds(_random.Next(20)));
                break;
            case 23:
                Advance(TimeSpan.FromMinutes(_random.Next(90)));
                break;
            case 24:
                Advance(TimeSpan.FromHours(_random.Next(_random.Next(4) == 0 ? 400 : 30)));
                break;
            case < 28:
                Offer();
                break;
            case < 31:
                Deliver();
                break;
            case < 34:
                Decide();
                break;
            case 34:
                CrashOrStart(_sender);
                break;
            case 35:
                CrashOrStart(_receiver);
                break;
            case 36:
                SetLinked(!IsLinked && _random.Next(2) == 0);
                break;
            case 37:
                (Directory.IsOff, Directory.IsFull) = (_random.Next(4) == 0, _random.Next(4) == 0);
                break;
            case 38 when _random.Next(3) == 0:
                Directory.LoseClaim();
                break;
            case 39 when Directory.Places.Count > 0 && _random.Next(2) == 0:
                var place = Directory.Places.Order().ElementAt(_random.Next(Directory.Places.Count));
                Directory.Damage(place, _random.Next(1 << 20));
                _files.Single(file => file.Place == place).IsDamaged = true;
                break;
        }
    }

    private void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        Directory.Expire(Clock.GetUtcNow());
    }

    private void Offer()
    {
        if (!_sender.IsUp || _files.Count >= 6)
        {
            return;
        }

        var content = new byte[_random.Next(4) == 0 ? _random.Next(300_000) : _random.Next(2_000)];
        _random.NextBytes(content);
        var copy = SealedCopy.New();
        var info = SealedFile
            .SealAsync(new MemoryStream(content), Stream.Null, copy.Key.ToArray(), default)
            .GetAwaiter()
            .GetResult();
        var tree = FileSide.TreeOf(content);
        var offer = new FileOffer("file", content.Length, tree.Root, FileOffer.UnknownType)
        {
            Copy = copy with { Digest = info.Digest },
        };
        var file = new SimulatedFile(Guid.CreateVersion7(), content, offer, Clock.GetUtcNow());
        _files.Add(file);
        var stored = new StoredTransfer(
            _sender.Remote,
            Username.Parse("bob"),
            IsOurs: true,
            file.Id,
            offer,
            TransferState.Offered,
            TransferProblem.None,
            Path: "file"
        );
        _sender.Store.Transfers.AddAsync(stored, []).GetAwaiter().GetResult();
        if (_random.Next(5) == 0)
        {
            // Before anything else has heard of it.
            _sender.Crash();
            return;
        }

        _ = _sender.Book.Add(stored);
        _sender.Copies.Begin(stored);
    }

    // In order, by mail or over a link.
    private void Deliver()
    {
        if (!_receiver.IsUp || _files.Find(file => !file.HasArrived) is not { } file)
        {
            return;
        }

        file.HasArrived = true;
        _receiver.Receive(file.Id, (ulong)_files.IndexOf(file) + 1, file.Offer);
        if (_random.Next(5) == 0)
        {
            _receiver.Crash();
            return;
        }

        _receiver.Copies.Begin(_receiver.Store.Transfers.Find(_receiver.Remote, isOurs: false, file.Id)!);
    }

    // The two users accept, decline, pause, continue and cancel.
    private void Decide()
    {
        if (_files.Count == 0)
        {
            return;
        }

        var file = _files[_random.Next(_files.Count)];
        if (_random.Next(6) == 0)
        {
            _ = _sender.IsUp && _sender.Change(isOurs: true, file.Id, TransferState.Cancelled);
        }
        else if (_receiver.IsUp && file.HasArrived)
        {
            var state = _random.Next(8) switch
            {
                0 => TransferState.Declined,
                1 => TransferState.Paused,
                _ => TransferState.Active,
            };
            _ = _receiver.Change(isOurs: false, file.Id, state);
        }
    }

    private static void CrashOrStart(SimulatedCopyPeer peer)
    {
        if (peer.IsUp)
        {
            peer.Crash();
        }
        else
        {
            peer.Start();
        }
    }

    // A link tells each side the capability and the ends of the other.
    private void SetLinked(bool isLinked)
    {
        IsLinked = isLinked && _sender.IsUp && _receiver.IsUp;
        if (!IsLinked)
        {
            return;
        }

        KnownCapability = Directory.Capability;
        foreach (var file in _files.Where(file => file.HasArrived))
        {
            var (ours, theirs) = (_sender.StateOf(true, file.Id), _receiver.StateOf(false, file.Id));
            if (theirs >= TransferState.Completed)
            {
                _ = _sender.Change(isOurs: true, file.Id, theirs);
            }
            else if (ours >= TransferState.Completed)
            {
                _ = _receiver.Change(isOurs: false, file.Id, ours);
            }
        }
    }

    private string? Settle()
    {
        _isCalm = true;
        (Directory.IsOff, Directory.IsFull) = (false, false);
        foreach (var peer in new[] { _sender, _receiver }.Where(peer => !peer.IsUp))
        {
            peer.Start();
        }

        SetLinked(true);
        // Copies that the link makes unnecessary are deleted.
        Pump(TimeSpan.FromHours(2));
        SetLinked(false);
        while (_files.Exists(file => !file.HasArrived))
        {
            Deliver();
            if (!_receiver.IsUp)
            {
                _receiver.Start();
            }
        }

        foreach (var file in _files)
        {
            _ = _receiver.Change(isOurs: false, file.Id, TransferState.Active);
        }

        // The sender checks once a day whether what is not delivered is still there.
        Pump(TimeSpan.FromDays(3));
        foreach (var file in _files)
        {
            if (Problem(file) is { } problem)
            {
                return problem;
            }
        }

        SetLinked(true);
        foreach (var file in _files.Where(file => _receiver.StateOf(false, file.Id) < TransferState.Completed))
        {
            _ = _receiver.Change(isOurs: false, file.Id, TransferState.Completed);
            _ = _sender.Change(isOurs: true, file.Id, TransferState.Completed);
        }

        SetLinked(true);
        Pump(TimeSpan.FromHours(2));
        return Directory.Places.Count > 0 ? $"{Directory.Places.Count} files are left at the directory"
            : _sender.Saved() is [var ours, ..] ? $"The sender has not forgotten {ours}"
            : _receiver.Saved() is [var theirs, ..] ? $"The receiver has not forgotten {theirs}"
            : null;
    }

    // Without a link, a file has come by way of the directory, or there is a reason.
    private string? Problem(SimulatedFile file)
    {
        var (ours, theirs) = (_sender.StateOf(true, file.Id), _receiver.StateOf(false, file.Id));
        if (file.Completions > 1)
        {
            return $"{file} has come {file.Completions} times";
        }

        if (file.Completions == 1 && !file.Written.AsSpan().SequenceEqual(file.Content))
        {
            return $"{file} has come with other bytes";
        }

        var mayBeMissing = file.IsDamaged || Clock.GetUtcNow() - file.OfferedAt >= SimulatedFileStore.Kept;
        return theirs == TransferState.Active && ours < TransferState.Completed && !mayBeMissing
            ? $"{file} has not come: {_sender.Book.Find(_sender.Remote, true, file.Id)?.Copy}, "
                + $"{_receiver.Book.Find(_receiver.Remote, false, file.Id)?.Copy}"
            : null;
    }

    private void Pump(TimeSpan time)
    {
        var end = Clock.GetUtcNow() + time;
        while (true)
        {
            var isBusy = false;
            foreach (var peer in new[] { _sender, _receiver })
            {
                foreach (var lane in Lanes)
                {
                    while (peer.Step(lane))
                    {
                        isBusy = true;
                    }
                }
            }

            if (isBusy)
            {
                continue;
            }

            if (Clock.GetUtcNow() >= end)
            {
                return;
            }

            var wait = new[] { _sender.UntilDue(), _receiver.UntilDue(), end - Clock.GetUtcNow() }.Min();
            Advance(wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1));
        }
    }

    private SimulatedFile FileOf(Guid id) => _files.Single(file => file.Id == id);

    private sealed class SimulatedFile(Guid id, byte[] content, FileOffer offer, DateTimeOffset offeredAt)
    {
        public Guid Id => id;

        public byte[] Content => content;

        public FileOffer Offer => offer;

        public DateTimeOffset OfferedAt => offeredAt;

        public string Place => offer.Copy!.IdAtDirectory;

        public bool HasArrived { get; set; }

        /// <summary>Whether the directory has changed it.</summary>
        public bool IsDamaged { get; set; }

        public int Completions { get; set; }

        public byte[]? Written { get; set; }

        public override string ToString() => $"File {id} of {content.Length} bytes";
    }
}

/// <summary>A clock that a simulation advances.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan time) => _now += time;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;
}
