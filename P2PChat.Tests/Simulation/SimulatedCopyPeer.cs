using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// One side of a <see cref="SealedCopySimulation"/>: all services of a peer, of which only those for files run. Links
/// and mail are the simulation's. Each call to the directory is two steps.
/// </summary>
internal sealed class SimulatedCopyPeer : IDisposable
{
    /// <summary>Of all messages.</summary>
    public const ulong Epoch = 1000;

    private readonly SealedCopySimulation _world;
    private readonly string _folder;
    private readonly Username _other;
    private readonly PeerOptions _options;
    private readonly SortedDictionary<CopyLane, (CopyTask Task, SimulatedCopyCalls.Work Work)> _running = [];
    private ServiceProvider? _services;
    private CancellationTokenSource _stop = new();

    public SimulatedCopyPeer(SealedCopySimulation world, string folder, string self, string other)
    {
        (_world, _folder, _other) = (world, folder, Username.Parse(other));
        _options = new PeerOptions
        {
            Username = self,
            Data = Path.Combine(folder, "data"),
            Downloads = Path.Combine(folder, "downloads"),
            Discovery = "http://directory",
            Ephemeral = false,
        };
        Remote = PeerId.FromHash([(byte)other[0], .. new byte[PeerId.Size - 1]]);
        Clock = new SimulatedClock(world.Clock);
        Messages = new SimulatedCopyMessages(this, folder, _other);
        _ = Directory.CreateDirectory(_options.Downloads);
        Start();
        Write(new Change.Accepted(_other));
    }

    public PeerId Remote { get; }

    public SimulatedClock Clock { get; }

    public SimulatedCopyMessages Messages { get; }

    public bool IsUp => _services is not null;

    public TransferBook Book => Get<TransferBook>();

    public SealedCopies Copies => Get<SealedCopies>();

    public PeerStore Store => Get<PeerStore>();

    /// <summary>The files in its download folder, without unfinished ones.</summary>
    public IReadOnlyList<string> Downloads => Directory.GetFiles(_options.Downloads!);

    public SessionHost Session => Get<SessionTable>().Find(_other)!;

    public void Start()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddPeerNode(_options, new TelemetryOptions());
        services.AddSingleton<IHttpClientFactory>(
            new SimulatedCopyCalls(request => _world.AnswerAsync(this, request), answer => _world.Lose(this, answer))
        );
        _services = services.BuildServiceProvider();
        _stop = new CancellationTokenSource();
        // As in StateRestorer.
        Store.StaleTransfers.CleanUpAsync().GetAwaiter().GetResult();
        Get<DownloadFolder>().CleanUp(Store.Transfers.OpenIds());
        _world.OnStarting(this);
        Book.Changed += transfer => _world.OnChanged(transfer);
        Copies.Load();
        Get<RestoredMarker>().Clear();
    }

    /// <summary>Ends the process between any two steps.</summary>
    public void Crash()
    {
        _world.SetLinked(false);
        _stop.Cancel();
        foreach (var (_, work) in _running.Values)
        {
            work.Join();
        }

        _running.Clear();
        _services!.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _services = null;
    }

    public void Dispose()
    {
        if (IsUp)
        {
            Crash();
        }
    }

    /// <summary>Copies the data of this peer, which does not run.</summary>
    public void BackUp()
    {
        if (Directory.Exists(Backup))
        {
            Directory.Delete(Backup, recursive: true);
        }

        Copy(_options.Data!, Backup);
    }

    /// <summary>Goes back to the data of <see cref="BackUp"/>, as after a restore from a backup.</summary>
    public void Restore()
    {
        Directory.Delete(_options.Data!, recursive: true);
        Copy(Backup, _options.Data!);
        using var directory = DataDirectory.Open(_options.Data!);
        RestoredMarker.Write(directory, Clock.GetUtcNow(), Clock.GetUtcNow());
    }

    /// <summary>The directory has registered this peer.</summary>
    public void Registered(string token) => Get<DirectoryRegistration>().Registered(token);

    /// <summary>The other side has granted a capability for its mailbox.</summary>
    public void Granted(byte[] capability)
    {
        Store.Capabilities.SaveTheirsAsync(Remote, capability).GetAwaiter().GetResult();
        var session = Session;
        lock (session.StateLock)
        {
            session.Capabilities.OnGranted(capability);
        }

        Store.Writer.Call(_ => { });
    }

    /// <summary>Deletes a message on this side only.</summary>
    public void DeleteHere(SimulatedCopyFile file, bool isOurs) =>
        Try(() => Get<MessageService>().DeleteAsync(_other, file.Id, isOurs).GetAwaiter().GetResult());

    public void Accept(SimulatedCopyFile file, bool isOurs) =>
        Try(() => Get<FileService>().Accept(_other, file.Id, isOurs));

    public void Pause(SimulatedCopyFile file, bool isOurs) =>
        Try(() => Get<FileService>().Pause(_other, file.Id, isOurs));

    public void Cancel(SimulatedCopyFile file, bool isOurs) =>
        Try(() => Get<FileService>().Cancel(_other, file.Id, isOurs));

    /// <summary>The other side has ended a transfer.</summary>
    public void End(SimulatedCopyFile file, bool isOurs, TransferState state)
    {
        if (Book.Open(Remote, isOurs, file.Id) is { } live)
        {
            _ = Book.Change(live, state, isEndTold: true).GetAwaiter().GetResult();
        }
    }

    /// <returns>Null if it is not known, or its message is deleted.</returns>
    public FileTransfer? Find(SimulatedCopyFile file, bool isOurs) => Book.Find(Remote, isOurs, file.Id)?.Current;

    /// <summary>The copies that the store knows once all changes are saved.</summary>
    public IReadOnlyList<StoredCopy> Saved()
    {
        Store.Writer.Call(_ => { });
        return Store.Copies.All();
    }

    /// <summary>The time until there is more to do.</summary>
    public TimeSpan UntilDue()
    {
        var tasks = Get<CopyTasks>();
        tasks.SetLinks(_ => _world.IsLinked);
        return tasks.UntilDue();
    }

    /// <summary>Does the next step in a lane, as <see cref="SealedCopyService"/> does.</summary>
    /// <returns>False if there is none.</returns>
    public bool Step(CopyLane lane)
    {
        var tasks = Get<CopyTasks>();
        tasks.SetLinks(_ => _world.IsLinked);
        if (!_running.TryGetValue(lane, out var running))
        {
            if (tasks.Take(lane) is not { } task)
            {
                return false;
            }

            _running.Add(lane, running = (task, new SimulatedCopyCalls.Work(() => RunAsync(task))));
        }

        if (!running.Work.Next())
        {
            tasks.Release(running.Task);
            _ = _running.Remove(lane);
            AfterWork();
            _world.OnWorked(this, running.Task);
        }

        return true;
    }

    /// <summary>Waits for what the session does in the background, and for its changes.</summary>
    public void AfterWork()
    {
        var done = new TaskCompletionSource();
        Session.Files.Post(done.SetResult);
        done.Task.GetAwaiter().GetResult();
        Store.Writer.Call(_ => { });
    }

    /// <summary>Saves a change of the conversation, whose numbers are the simulation's.</summary>
    public void Write(Change change)
    {
        new ConversationWriter(Store.Writer, Remote, Epoch, _ => { }, _ => { }).Add(change, key: null);
        _ = Store.AfterFlush();
    }

    public T Get<T>()
        where T : notnull => _services!.GetRequiredService<T>();

    private string Backup => Path.Combine(_folder, "backup");

    private async Task RunAsync(CopyTask task)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(task.Need, _stop.Token);
        try
        {
            await Get<SealedCopyTransfers>().RunAsync(task, either.Token);
        }
        catch (OperationCanceledException)
        {
            // It is not needed any more, or the process ends.
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (PeerException)
        {
            // It has ended, or its message is deleted.
        }

        AfterWork();
    }

    private static void Copy(string from, string to)
    {
        _ = Directory.CreateDirectory(to);
        foreach (var path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, path));
            _ = Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }
    }
}
