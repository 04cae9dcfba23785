using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The files to pull from one peer: a limited number runs, and the others wait. Hashes what is on the disk of one
/// before it is pulled. Part of <see cref="IncomingTransfers"/>, and guarded by the session's lock.
/// </summary>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
/// <param name="postHashing">The same, for what may take minutes.</param>
internal sealed class PullQueue(
    SessionHost host,
    FilePuller puller,
    TransferDisk disk,
    Action<Action> post,
    Action<Action> postHashing
)
{
    // Each takes memory and a file handle.
    private const int MaxRunning = 16;

    // Each with an object that only its present beginning has.
    private readonly Dictionary<Guid, object> _begun = [];
    private readonly List<LiveTransfer> _queued = [];

    // Those of the begun that do not run: their sender has paused them, or did and they are queued again.
    private readonly HashSet<Guid> _suspended = [];
    private bool _isClosed;

    private bool IsFull => _begun.Count - _suspended.Count >= MaxRunning;

    public void Begin(LiveTransfer transfer)
    {
        var id = transfer.Stored.Id;
        if (_isClosed || _begun.ContainsKey(id) || _queued.Contains(transfer))
        {
            return;
        }

        if (IsFull)
        {
            _queued.Add(transfer);
            return;
        }

        var beginning = _begun[id] = new object();
        post(() =>
        {
            // After all earlier writes. While it is open for them, it cannot be opened to read.
            disk.Close(transfer.Stored, deletes: false);
            postHashing(() => Hash(transfer, beginning));
        });
    }

    /// <summary>Forgets a file, and begins with the next.</summary>
    public void Release(LiveTransfer transfer)
    {
        _ = _queued.Remove(transfer);
        _ = _begun.Remove(transfer.Stored.Id);
        _ = _suspended.Remove(transfer.Stored.Id);
        RunNext();
    }

    /// <summary>Lets the next file run, because the sender of this one has paused it.</summary>
    public void Suspend(LiveTransfer transfer)
    {
        var id = transfer.Stored.Id;
        if (_begun.ContainsKey(id))
        {
            _ = _queued.Remove(transfer);
            if (_suspended.Add(id))
            {
                // It is opened again for its next leaf.
                post(() => disk.Close(transfer.Stored, deletes: false));
            }

            RunNext();
        }
    }

    /// <summary>Pulls a file again once there is room for it, because its sender's pause is over.</summary>
    public void Continue(LiveTransfer transfer)
    {
        if (_suspended.Contains(transfer.Stored.Id) && !_queued.Contains(transfer))
        {
            _queued.Add(transfer);
            RunNext();
        }
    }

    /// <summary>Forgets all files, and begins with no other.</summary>
    public void Close()
    {
        _isClosed = true;
        _queued.Clear();
        _begun.Clear();
        _suspended.Clear();
    }

    /// <summary>Prevents a file from being begun until it is released.</summary>
    /// <returns>What identifies this as its present beginning.</returns>
    public object Block(Guid id) => _begun[id] = new object();

    /// <summary>What identifies the present beginning of a file; null if it is not begun.</summary>
    public object? BeginningOf(Guid id) => _begun.GetValueOrDefault(id);

    /// <summary>Whether a file is still pulled since it was begun. Takes the lock.</summary>
    public bool IsWanted(LiveTransfer transfer, object beginning)
    {
        lock (host.StateLock)
        {
            return transfer.Stored.State == TransferState.Active && BeginningOf(transfer.Stored.Id) == beginning;
        }
    }

    private void RunNext()
    {
        while (!IsFull && _queued is [var next, ..])
        {
            _queued.RemoveAt(0);
            if (_suspended.Remove(next.Stored.Id))
            {
                puller.Continue(next.Stored.Id, host.Context.SteadyClock.GetUtcNow());
            }
            else
            {
                Begin(next);
            }
        }
    }

    private void Hash(LiveTransfer transfer, object beginning)
    {
        var incoming = host.Files.Incoming;
        try
        {
            var stored = transfer.Stored;
            if (disk.IsFinished(stored, () => IsWanted(transfer, beginning)))
            {
                post(() => incoming.SetCompleted(transfer, stored.Path!));
            }
            else if (disk.Hash(stored, () => IsWanted(transfer, beginning)) is { } written)
            {
                post(() => incoming.Pull(transfer, beginning, written));
            }
        }
        catch (Exception exception)
        {
            post(() => incoming.OnFailed(transfer, exception));
        }
    }
}
