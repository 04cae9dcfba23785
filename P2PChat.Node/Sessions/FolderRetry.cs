using P2PChat.Node.Model;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Resumes the files of a session that wait because the download folder cannot be written, once it can. Part of
/// <see cref="SessionFiles"/>, and guarded by the session's lock.
/// </summary>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
internal sealed class FolderRetry(SessionHost host, Action<Action> post)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private TimeSpan _pause = Shortest;

    /// <summary>When to look at the folder again; null if no file waits for it.</summary>
    public DateTimeOffset? Deadline { get; private set; }

    /// <summary>Whether a file waits for the folder.</summary>
    public static bool IsWaiting(LiveTransfer transfer) =>
        transfer.Stored is { IsOurs: false, State: TransferState.Paused, Problem: TransferProblem.NotWritable };

    /// <summary>A file waits from now on.</summary>
    public void Begin()
    {
        Deadline ??= host.Context.SteadyClock.GetUtcNow() + _pause;
        host.Context.Timers.Signal();
    }

    /// <summary>A file was completed, so nothing is wrong with the folder.</summary>
    public void OnCompleted() => _pause = Shortest;

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
            // A file that waits although the folder can be written has another fault. It may last, and each try hashes.
            var longer = _pause * 2;
            _pause =
                !isWritable ? Shortest
                : longer < Longest ? longer
                : Longest;
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
