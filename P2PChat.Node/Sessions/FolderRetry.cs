using P2PChat.Node.Model;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Resumes the files of a session that wait because the download folder cannot be written, once it can. Part of
/// <see cref="SessionFiles"/>, and guarded by the session's lock.
/// </summary>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
internal sealed class FolderRetry(SessionHost host, Action<Action> post)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>When to look at the folder again; null if no file waits for it.</summary>
    public DateTimeOffset? Deadline { get; private set; }

    /// <summary>Whether a file waits for the folder.</summary>
    public static bool IsWaiting(LiveTransfer transfer) =>
        transfer.Stored is { IsOurs: false, State: TransferState.Paused, Problem: TransferProblem.NotWritable };

    /// <summary>A file waits from now on.</summary>
    public void Begin()
    {
        Deadline ??= host.Context.SteadyClock.GetUtcNow() + Pause;
        host.Context.Timers.Signal();
    }

    public void Tick(DateTimeOffset now)
    {
        if (Deadline <= now)
        {
            Deadline = null;
            post(Retry);
        }
    }

    private void Retry()
    {
        var waiting = host.Context.Transfers.LiveWith(host.Remote).Where(IsWaiting).ToList();
        var isWritable = waiting.Count > 0 && host.Context.Downloads.IsWritable();
        lock (host.StateLock)
        {
            foreach (var transfer in waiting.Where(IsWaiting))
            {
                if (isWritable)
                {
                    _ = host.Files.Accept(transfer);
                }
                else
                {
                    Begin();
                }
            }
        }
    }
}
