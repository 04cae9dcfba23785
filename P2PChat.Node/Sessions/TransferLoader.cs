using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Loads the transfers of a session, once, when it has its first link. Part of <see cref="SessionFiles"/>, and guarded
/// by the session's lock.
/// </summary>
internal sealed partial class TransferLoader(SessionHost host, FileMachines machines, Action<Action> post)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = host.Context.Logger;
    private bool _isLoading;

    /// <summary>When to try again; null if there was no failure.</summary>
    public DateTimeOffset? Deadline { get; private set; }

    public void Tick(DateTimeOffset now)
    {
        if (Deadline <= now)
        {
            Begin();
        }
    }

    public void Begin()
    {
        if (!machines.IsReady && !_isLoading)
        {
            (_isLoading, Deadline) = (true, null);
            post(Load);
        }
    }

    // Reads the store, so not under the lock.
    private void Load()
    {
        try
        {
            var open = host.Context.Transfers.OpenWith(host.Remote);
            var trees = open.Where(transfer => transfer.Stored.IsOurs)
                .Select(transfer =>
                    (transfer, Leaves: host.Context.Store.Transfers.LeavesOf(host.Remote, transfer.Stored.Id))
                )
                .Where(one => one.Leaves is not null)
                .Select(one => (one.transfer, Tree: new MerkleTree(one.Leaves!)))
                .ToList();
            lock (host.StateLock)
            {
                SetLoaded(open, trees);
                host.Files.Execute();
                host.Drain();
            }
        }
        catch (StoreException exception)
        {
            LogNotLoaded(exception.Message);
            lock (host.StateLock)
            {
                (_isLoading, Deadline) = (false, host.Context.SteadyClock.GetUtcNow() + Pause);
            }

            host.Context.Timers.Signal();
        }
    }

    private void SetLoaded(IReadOnlyList<LiveTransfer> open, List<(LiveTransfer, MerkleTree)> trees)
    {
        foreach (var (transfer, tree) in trees.Where(one => !one.Item1.Stored.HasEnded))
        {
            machines.Server.Add(transfer.Stored.Id, tree);
            if (transfer.Stored.State == TransferState.Paused)
            {
                machines.Server.Stop(transfer.Stored.Id, FileStopReason.Paused);
            }
        }

        foreach (var transfer in open)
        {
            if (transfer.Stored is { IsOurs: false, State: TransferState.Active })
            {
                host.Files.Incoming.Begin(transfer);
            }
        }

        _isLoading = false;
        foreach (var frame in machines.SetReady())
        {
            host.Files.OnFrame(frame);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The file transfers of a contact cannot be loaded. {Reason}")]
    private partial void LogNotLoaded(string reason);
}
