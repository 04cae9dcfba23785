using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Node.Storage;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// One side of a <see cref="SealedCopySimulation"/>: the real store, schedule and tasks of a peer. Each call to the
/// directory, and what follows from it, is a step of its own.
/// </summary>
internal sealed class SimulatedCopyPeer : IDisposable
{
    private readonly SealedCopySimulation _world;
    private readonly string _folder;
    private readonly Username _self;
    private readonly SortedDictionary<CopyLane, IEnumerator<bool>> _running = [];
    private OpenedStore? _opened;
    private TransferBook? _book;
    private CopyTasks? _tasks;
    private CopyLedger? _ledger;
    private SealedCopies? _copies;

    public SimulatedCopyPeer(SealedCopySimulation world, string folder, Username self, Username other)
    {
        (_world, _folder, _self) = (world, folder, self);
        Remote = PeerId.FromHash([(byte)other.Value[0], .. new byte[PeerId.Size - 1]]);
        Start();
        Write(new Change.Accepted(other));
    }

    public PeerId Remote { get; }

    public bool IsUp => _opened is not null;

    public TransferBook Book => _book!;

    public SealedCopies Copies => _copies!;

    public PeerStore Store => _opened!.Store;

    public void Start()
    {
        var options = new PeerOptions
        {
            Username = _self.Value,
            Data = Path.Combine(_folder, "data"),
            Downloads = Path.Combine(_folder, "downloads"),
        };
        _opened = new OpenedStore(options.Data, _self);
        var parts = new PrivateFolder(options, _opened.Identity);
        var logger = NullLoggerFactory.Instance;
        _book = new TransferBook(
            Store,
            new EventLog(),
            new DownloadFolder(parts),
            _world.Clock,
            logger.CreateLogger<TransferBook>()
        );
        _ledger = new CopyLedger(
            Store,
            _book,
            new PeerTimers(_world.Clock),
            _world.Clock,
            new SteadyClock(_world.Clock),
            options,
            logger.CreateLogger<CopyLedger>()
        );
        _copies = new SealedCopies(
            _ledger,
            Store,
            _book,
            new RestoredMarker(null),
            options,
            logger.CreateLogger<SealedCopies>()
        );
        _tasks = new CopyTasks(_ledger, Store);
        _copies.Load();
    }

    /// <summary>Ends the process between any two steps.</summary>
    public void Crash()
    {
        _running.Clear();
        _book!.Dispose();
        _opened!.Dispose();
        _opened = null;
    }

    public void Dispose()
    {
        if (IsUp)
        {
            Crash();
        }
    }

    /// <summary>Stores an offer of the other side, as the conversation does.</summary>
    public void Receive(Guid id, ulong sequence, FileOffer offer) =>
        Write(
            new Change.Received(
                5,
                sequence + 1,
                [
                    new IncomingMessage(id, "file", _world.Clock.GetUtcNow(), traceParent: null, 5, sequence)
                    {
                        Content = new MessageContent.File(offer),
                    },
                ]
            )
        );

    /// <summary>The copies that the store knows once all changes are saved.</summary>
    public IReadOnlyList<StoredCopy> Saved()
    {
        Store.Writer.Call(_ => { });
        return Store.Copies.All();
    }

    public TransferState StateOf(bool isOurs, Guid id) => Store.Transfers.Find(Remote, isOurs, id)!.State;

    /// <summary>Changes a transfer, and waits until that is saved.</summary>
    /// <returns>False if it had ended.</returns>
    public bool Change(bool isOurs, Guid id, TransferState state) =>
        Book.Open(Remote, isOurs, id) is { } live && Book.Change(live, state).GetAwaiter().GetResult();

    /// <summary>The time until there is more to do.</summary>
    public TimeSpan UntilDue()
    {
        _tasks!.SetLinks(_ => _world.IsLinked);
        return _tasks.UntilDue();
    }

    /// <summary>Does the next step in a lane.</summary>
    /// <returns>False if there is none.</returns>
    public bool Step(CopyLane lane)
    {
        _tasks!.SetLinks(_ => _world.IsLinked);
        if (!_running.TryGetValue(lane, out var work))
        {
            if (_tasks.Take(lane) is not { } task)
            {
                return false;
            }

            _running.Add(lane, work = Run(task).GetEnumerator());
        }

        if (!work.MoveNext())
        {
            _ = _running.Remove(lane);
        }

        return true;
    }

    private IEnumerable<bool> Run(CopyTask task)
    {
        var work = task.Work switch
        {
            CopyWork.Upload => Upload(task),
            CopyWork.Fetch => Fetch(task),
            CopyWork.Delete => Delete(task),
            _ => Forget(task),
        };
        foreach (var step in work)
        {
            yield return step;
            if (task.Need.IsCancellationRequested)
            {
                break;
            }
        }

        _tasks!.Release(task);
    }

    private IEnumerable<bool> Upload(CopyTask task)
    {
        var copy = task.Copy;
        if (copy is { State: CopyState.Stored, Until: { } known } && !task.MustCheck && _world.HasArrived(copy.Id))
        {
            _tasks!.SetStored(task, known);
            yield break;
        }

        var named = task.Transfer!.Offer.Copy!;
        using var bytes = new MemoryStream();
        var info = SealedFile
            .SealAsync(new MemoryStream(_world.ContentOf(copy.Id)), bytes, named.Key.ToArray(), default)
            .GetAwaiter()
            .GetResult();
        Assert.Equal(named.Digest.ToArray(), info.Digest.ToArray());
        var capability = _world.KnownCapability;
        if (copy is { Until: not null, Capability: { } used } && !used.Span.SequenceEqual(capability))
        {
            if (!Call(task, () => _world.Directory.Withdraw(copy.Place, used.ToArray())))
            {
                yield break;
            }

            yield return true;
        }

        _tasks!.BeginUploadAsync(task, copy.With, capability).GetAwaiter().GetResult();
        yield return true;

        var until = default(DateTimeOffset);
        if (
            !Call(task, () =>
                until = _world.Directory.Upload(copy.Place, capability, bytes.ToArray(), _world.Clock.GetUtcNow())
            )
        )
        {
            yield break;
        }

        yield return true;
        _tasks.SetStored(task, until);
    }

    private IEnumerable<bool> Fetch(CopyTask task)
    {
        var offer = task.Transfer!.Offer;
        byte[] content = [];
        if (_ledger!.Open(task.Copy) is not { } live)
        {
            _tasks!.Fail(task, new CopyFailure(CopyProblem.None, CopyRetryPolicy.UntilTheyAct));
            yield break;
        }

        if (!Call(task, () => content = _world.Directory.Download(task.Copy.Place)))
        {
            yield break;
        }

        yield return true;
        if (TryOpen(offer, content) is not { } plain)
        {
            _tasks!.GiveUp(task, CopyProblem.None);
            yield break;
        }

        _world.Write(task.Copy.Id, plain);
        yield return true;
        if (_tasks!.IsOpen(task) && Book.Change(live, TransferState.Completed).GetAwaiter().GetResult())
        {
            _world.Complete(task.Copy.Id);
        }

        yield return true;
        _tasks.Fail(task, new CopyFailure(CopyProblem.None, MailPause.Growing));
    }

    private IEnumerable<bool> Delete(CopyTask task)
    {
        var copy = task.Copy;
        if (!Call(task, () =>
            {
                if (!copy.IsOurs)
                {
                    _world.Directory.Delete(copy.Place);
                }
                else if (copy.Capability is { } capability)
                {
                    _world.Directory.Withdraw(copy.Place, capability.ToArray());
                }
            }))
        {
            yield break;
        }

        yield return true;
        _tasks!.SetGone(task);
    }

    private IEnumerable<bool> Forget(CopyTask task)
    {
        _tasks!.SetGone(task);
        yield break;
    }

    // The request or its answer may be lost.
    private bool Call(CopyTask task, Action action)
    {
        try
        {
            _world.Lose();
            action();
            _world.Lose();
            return true;
        }
        catch (DirectoryException exception)
        {
            _tasks!.Fail(task, CopyRetryPolicy.Of(exception));
            return false;
        }
    }

    private static byte[]? TryOpen(FileOffer offer, byte[] content)
    {
        using var plain = new MemoryStream();
        try
        {
            _ = SealedFile
                .OpenAsync(new MemoryStream(content), plain, offer.Copy!.Key.ToArray(), default)
                .GetAwaiter()
                .GetResult();
        }
        catch (SealedFileException)
        {
            return null;
        }

        return offer.IsOf(plain.ToArray()) ? plain.ToArray() : null;
    }

    private void Write(Change change)
    {
        new ConversationWriter(Store.Writer, Remote, 1000, _ => { }, _ => { }).Add(change, key: null);
        _ = Store.AfterFlush();
    }
}
