using P2PChat.Node.Model;
using P2PChat.Node.Storage;
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
            lock (host.StateLock)
            {
                SetLoaded(open);
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

    private void SetLoaded(IReadOnlyList<LiveTransfer> open)
    {
        // One may end, or be accepted, after they were read.
        foreach (var transfer in open.Where(transfer => transfer.Stored is { IsOurs: true, HasEnded: false }))
        {
            machines.Server.Add(transfer.Stored.Id, transfer.Stored.Offer.LeafCount);
            if (transfer.Stored.State == TransferState.Paused)
            {
                machines.Server.Stop(transfer.Stored.Id, FileStopReason.Paused);
            }
        }

        foreach (var transfer in open.Union(host.Context.Transfers.LiveWith(host.Remote)))
        {
            if (transfer.Stored is { IsOurs: false, State: TransferState.Active })
            {
                host.Files.Incoming.Begin(transfer);
            }
            else if (FolderRetry.IsWaiting(transfer))
            {
                host.Files.Folder.Begin();
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
