using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>Work with a copy, and the copy as it was when the work began.</summary>
/// <param name="Need">Cancelled when the work is no longer needed.</param>
internal sealed record CopyTask(
    SealedCopyJob Job,
    CopyWork Work,
    StoredCopy Copy,
    StoredTransfer? Transfer,
    bool MustCheck,
    CancellationToken Need
);

/// <summary>Gives out the work with copies at the directory, and records its results. Thread-safe.</summary>
internal sealed class CopyTasks(CopyLedger ledger, PeerStore store)
{
    // A directory may keep files for longer than 14 days, but may also lie.
    private static readonly TimeSpan BelievedAtMost = TimeSpan.FromDays(60);

    /// <summary>Checks which contacts are connected. Call it before <see cref="Take"/>.</summary>
    public void SetLinks(Func<PeerId, bool> isConnected)
    {
        foreach (var remote in ledger.OpenKeys().Select(key => key.Remote).Distinct())
        {
            var isLinked = isConnected(remote);
            IReadOnlyList<SealedCopyJob> changed;
            lock (ledger.Gate)
            {
                changed = ledger.Schedule.SetLinked(remote, isLinked, ledger.Now);
            }

            ledger.Show(changed);
        }
    }

    /// <summary>From now on uploads wait for nothing, because this peer is about to stop.</summary>
    public void BeginStopping()
    {
        lock (ledger.Gate)
        {
            ledger.Schedule.IsStopping = true;
        }
    }

    /// <summary>Takes the next work of a lane; null if it is busy, or nothing is due.</summary>
    public CopyTask? Take(CopyLane lane)
    {
        lock (ledger.Gate)
        {
            return ledger.Schedule.Take(lane, ledger.Now) is { } job
                ? new CopyTask(job, job.Running, job.Stored, job.Transfer, job.MustCheckAt is not null, job.Need!.Token)
                : null;
        }
    }

    /// <summary>Ends work that was taken.</summary>
    public void Release(CopyTask task)
    {
        lock (ledger.Gate)
        {
            CopySchedule.Release(task.Job);
        }

        ledger.Signal();
    }

    /// <summary>The time until more is due; <see cref="TimeSpan.MaxValue"/> if nothing will be.</summary>
    public TimeSpan UntilDue()
    {
        lock (ledger.Gate)
        {
            var now = ledger.Now;
            return ledger.Schedule.NextDue(now) - now.Steady ?? TimeSpan.MaxValue;
        }
    }

    /// <summary>Saves that our file may be at the directory soon. Completes when that is durable.</summary>
    /// <exception cref="StoreException">It cannot be saved, so the file must not be uploaded.</exception>
    public Task BeginUploadAsync(CopyTask task, Username with, ReadOnlyMemory<byte> capability)
    {
        lock (ledger.Gate)
        {
            var until = ledger.Now.Wall + SealedCopies.KeptAtMost;
            var stored = task.Job.Stored;
            task.Job.Stored = stored with
            {
                With = with,
                Capability = capability,
                Until = stored.Until > until ? stored.Until : until,
            };
            return store.Copies.SaveAsync(task.Job.Stored);
        }
    }

    /// <summary>Our file is at the directory.</summary>
    public void SetStored(CopyTask task, DateTimeOffset until)
    {
        lock (ledger.Gate)
        {
            var now = ledger.Now;
            var latest = now.Wall + BelievedAtMost;
            CopySchedule.SetStored(task.Job, until < latest ? until : latest, now);
            ledger.Save(task.Job);
        }

        ledger.Show([task.Job]);
    }

    /// <summary>Nothing of the copy is at the directory.</summary>
    public void SetGone(CopyTask task)
    {
        lock (ledger.Gate)
        {
            var job = task.Job;
            job.Stored = job.Stored with { State = CopyState.None, Until = null, Capability = null };
            (job.Failures, job.Due) = (0, default);
            if (job.HasEnded)
            {
                ledger.Schedule.Remove(job);
            }

            ledger.Save(job);
        }

        ledger.Show([task.Job]);
    }

    /// <summary>The file can only come over a link. What is at the directory is deleted.</summary>
    public void GiveUp(CopyTask task, CopyProblem problem)
    {
        lock (ledger.Gate)
        {
            var stored = task.Job.Stored;
            task.Job.Stored = stored with
            {
                State = CopyState.None,
                Problem = problem,
                // What was fetched is there.
                Until = stored.IsOurs ? stored.Until : ledger.Now.Wall + SealedCopies.KeptAtMost,
            };
            (task.Job.Failures, task.Job.Due) = (0, default);
            ledger.Save(task.Job);
        }

        ledger.Show([task.Job]);
    }

    /// <summary>Whether the transfer has neither ended nor lost its message.</summary>
    public bool IsOpen(CopyTask task)
    {
        lock (ledger.Gate)
        {
            return !task.Job.HasEnded;
        }
    }

    /// <summary>Whether the last try has failed, and the work is still needed.</summary>
    public bool HasFailed(CopyTask task)
    {
        lock (ledger.Gate)
        {
            return task.Job.Failures > 0;
        }
    }

    /// <summary>Records a failure, if the work is still needed.</summary>
    public void Fail(CopyTask task, CopyFailure failure)
    {
        IReadOnlyList<SealedCopyJob> changed;
        lock (ledger.Gate)
        {
            changed = ledger.Schedule.Fail(task.Job, task.Work, failure, ledger.Now);
        }

        ledger.Show(changed);
    }
}
