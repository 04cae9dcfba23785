using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>Work that is done one after the other. Lanes do not wait for each other.</summary>
internal enum CopyLane
{
    Deletes,
    Uploads,
    Downloads,
}

/// <summary>The copies that a failure concerns.</summary>
internal enum CopyScope
{
    One,

    /// <summary>All copies with the same contact that need the same work.</summary>
    Contact,

    /// <summary>All copies that need the same work.</summary>
    All,
}

/// <summary>A failure, and how long to wait.</summary>
internal readonly record struct CopyFailure(CopyProblem Problem, MailPause Pause, CopyScope Scope = CopyScope.One);

/// <summary>Decides which copy is worked on next, and when. Does no input or output. Not thread-safe.</summary>
/// <param name="uploadAfter">How long to wait for a link before an upload.</param>
internal sealed class CopySchedule(TimeSpan uploadAfter)
{
    /// <summary>The upper bound of growing pauses that only the other side can end.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);

    public static readonly TimeSpan CheckEvery = TimeSpan.FromDays(1);

    // A link that comes and goes must not cause a check each time.
    private static readonly TimeSpan NoCheckFor = TimeSpan.FromHours(1);

    // Nor a call for the same file.
    private static readonly TimeSpan ShortestPauseAfterLink = TimeSpan.FromMinutes(1);

    // A contact can offer any number of files that it never uploads.
    private const int MaxAskedPerPause = 64;

    private readonly Dictionary<(PeerId Remote, bool IsOurs, Guid Id), SealedCopyJob> _jobs = [];

    public IEnumerable<SealedCopyJob> All => _jobs.Values;

    /// <summary>Whether this peer is about to stop: files are uploaded at once, also for connected contacts.</summary>
    public bool IsStopping { get; set; }

    public SealedCopyJob? Find(PeerId remote, bool isOurs, Guid id) => _jobs.GetValueOrDefault((remote, isOurs, id));

    public bool TryAdd(SealedCopyJob job) => _jobs.TryAdd(job.Key, job);

    public void Remove(SealedCopyJob job) => _jobs.Remove(job.Key);

    /// <summary>A transfer has changed.</summary>
    /// <param name="transfer">Null if its message is deleted.</param>
    public void SetTransfer(SealedCopyJob job, StoredTransfer? transfer, CopyTime time)
    {
        // Changes may be reported in another order, so the end is final.
        if (job.HasEnded)
        {
            return;
        }

        var before = job.Transfer?.State;
        job.Transfer = transfer;
        // A sender that pauses and continues must not cause a call each time.
        if (job.HasEnded || (!job.Stored.IsOurs && transfer?.State != before))
        {
            (job.Failures, job.Due) = (0, default);
        }

        if (transfer is not null && job is { HasEnded: true, IsLinked: true, Stored.IsOurs: false })
        {
            // Its sender hears of the end over the link, and withdraws what it has uploaded.
            job.Stored = job.Stored with { Until = null };
        }
        else if (job is { HasEnded: true, Stored: { IsOurs: false, State: CopyState.Waiting, Until: not null } })
        {
            // It may have been uploaded just now.
            job.Stored = job.Stored with { Until = time.Wall + SealedCopies.KeptAtMost };
        }

        CancelIfNotNeeded(job, time);
    }

    /// <summary>Records whether a contact is connected.</summary>
    /// <returns>The copies with it, if that has changed.</returns>
    public IReadOnlyList<SealedCopyJob> SetLinked(PeerId remote, bool isLinked, CopyTime time)
    {
        var changed = _jobs.Values.Where(job => job.Remote == remote && job.IsLinked != isLinked).ToList();
        var ended = changed.Where(job => job is { IsLinked: true, HasEnded: false }).ToList();
        foreach (var job in changed)
        {
            job.IsLinked = isLinked;
            job.MustCheckAt = isLinked ? CheckOverLinkAt(job, time.Steady) : null;
        }

        if (ended.Count > 0)
        {
            var shares = Math.Max(1, (double)CountFetched(remote, time) / MaxAskedPerPause);
            ended.ForEach(job => OnLinkEnded(job, time.Steady, ShortestPauseAfterLink * shares));
        }

        changed.ForEach(job => CancelIfNotNeeded(job, time));

        return changed;
    }

    /// <summary>Takes the next work of a lane, if that is idle. <see cref="Release"/> follows.</summary>
    public SealedCopyJob? Take(CopyLane lane, CopyTime time)
    {
        if (IsBusy(lane))
        {
            return null;
        }

        var next = _jobs
            .Values.Where(job =>
                job.Running == CopyWork.None && LaneOf(job.NextAt(time, IsStopping)) == lane && IsDue(job, time.Steady)
            )
            // A failure can give many the same time. The one that has failed must not be the next again.
            .MinBy(job => (job.Due, job.TriedAt));
        if (next is not null)
        {
            next.TriedAt = time.Steady;
            (next.Running, next.Need) = (next.NextAt(time, IsStopping), new CancellationTokenSource());
        }

        return next;
    }

    public static void Release(SealedCopyJob job) => (job.Running, job.Need) = (CopyWork.None, null);

    /// <summary>When <see cref="Take"/> has more, if nothing changes before; null if never.</summary>
    public DateTimeOffset? NextDue(CopyTime time)
    {
        DateTimeOffset? due = null;
        foreach (var job in _jobs.Values.Where(job => job.Running == CopyWork.None))
        {
            var next = LaneOf(job.NextAt(time, IsStopping)) is { } lane
                ? IsBusy(lane)
                    ? null
                    : job.Due
                // A check that is past waits for something else, such as the end of a link.
                : !job.HasEnded && job.Stored.State == CopyState.Stored && job.NextCheckAt > time.Steady
                    ? job.NextCheckAt
                    : default(DateTimeOffset?);
            due = due < next ? due : next ?? due;
        }

        return due;
    }

    /// <summary>Our file is at the directory.</summary>
    /// <param name="until">When the directory deletes it.</param>
    public static void SetStored(SealedCopyJob job, DateTimeOffset until, CopyTime time)
    {
        var state = job.Stored.State == CopyState.None ? CopyState.None : CopyState.Stored;
        job.Stored = job.Stored with { State = state, Problem = CopyProblem.None, Until = until };
        (job.Failures, job.Due, job.MustCheckAt) = (0, default, null);
        job.CheckAt = time.Steady + CheckEvery;
    }

    /// <summary>Records a failure, and pauses the copies that it concerns.</summary>
    /// <returns>The copies whose problem has changed.</returns>
    public IReadOnlyList<SealedCopyJob> Fail(SealedCopyJob job, CopyWork work, CopyFailure failure, CopyTime time)
    {
        if (job.NextAt(time, IsStopping) != work)
        {
            return [];
        }

        var failures = job.Failures + 1;
        var due = time.Steady + failure.Pause.After(failures);
        if (work == CopyWork.Fetch && CountFetched(job.Remote, time) is > MaxAskedPerPause and var count)
        {
            due = time.Steady + (LongestPause * count / MaxAskedPerPause);
        }

        if (failure.Problem == CopyProblem.NotThereYet && job.Stored.Until <= time.Wall)
        {
            // Its sender may have had no room for weeks, or may never upload it.
            var nextDay = time.Steady + CheckEvery;
            due = due > nextDay ? due : nextDay;
        }

        var concerned = _jobs
            .Values.Where(one => one == job || IsConcerned(one, job, work, failure.Scope, time))
            .ToList();
        var changed = new List<SealedCopyJob>();
        foreach (var one in concerned)
        {
            (one.Failures, one.Due) = (failures, one.Due > due ? one.Due : due);
            if (SetProblem(one, failure.Problem))
            {
                changed.Add(one);
            }
        }

        return changed;
    }

    private void OnLinkEnded(SealedCopyJob job, DateTimeOffset now, TimeSpan pause)
    {
        if (job.Stored is { State: not CopyState.None, Problem: CopyProblem.NoMailbox or CopyProblem.NotThereYet })
        {
            // The other side may have ended this. All else, such as a full directory, lasts on.
            var soonest = job.TriedAt + pause;
            (job.Failures, job.Due) = (job.Stored.IsOurs ? 0 : job.Failures, job.Due < soonest ? job.Due : soonest);
            job.Stored = job.Stored with { Problem = CopyProblem.None };
        }

        if (job.Stored.IsOurs && job.Due < now + uploadAfter)
        {
            // A link that comes back soon carries the file itself.
            job.Due = now + uploadAfter;
        }
    }

    // Once the receiver has said which files it has: the others must still be there. After the link it may fetch them.
    private DateTimeOffset? CheckOverLinkAt(SealedCopyJob job, DateTimeOffset now)
    {
        if (job.CheckAt == DateTimeOffset.MaxValue)
        {
            return null;
        }

        var (soonest, allowed) = (now + uploadAfter, job.CheckAt - CheckEvery + NoCheckFor);
        return soonest > allowed ? soonest : allowed;
    }

    private void CancelIfNotNeeded(SealedCopyJob job, CopyTime time)
    {
        if (job.Running != CopyWork.None && job.NextAt(time, IsStopping) != job.Running)
        {
            // Not Cancel, which would run what waits for it under the caller's locks.
            _ = job.Need?.CancelAsync();
        }
    }

    private bool IsBusy(CopyLane lane) => _jobs.Values.Any(job => LaneOf(job.Running) == lane);

    private bool IsDue(SealedCopyJob job, DateTimeOffset now) => job.Due <= now || (IsStopping && job.Failures == 0);

    private bool IsConcerned(SealedCopyJob one, SealedCopyJob failed, CopyWork work, CopyScope scope, CopyTime time) =>
        scope != CopyScope.One
        && (scope == CopyScope.All || one.Remote == failed.Remote)
        && one.Stored.State == failed.Stored.State
        && one.NextAt(time, IsStopping) == work;

    private int CountFetched(PeerId remote, CopyTime time) =>
        _jobs.Values.Count(one => one.Remote == remote && one.NextAt(time, IsStopping) == CopyWork.Fetch);

    private static bool SetProblem(SealedCopyJob job, CopyProblem problem)
    {
        var state = job.Stored.State;
        if (state == CopyState.Stored)
        {
            if (problem is CopyProblem.Unreachable or CopyProblem.None)
            {
                // It may still be there.
                return false;
            }

            state = CopyState.Waiting;
        }

        var isChanged = job.Stored.State != state || job.Stored.Problem != problem;
        job.Stored = job.Stored with { State = state, Problem = problem };
        return isChanged;
    }

    private static CopyLane? LaneOf(CopyWork work) =>
        work switch
        {
            CopyWork.Upload => CopyLane.Uploads,
            CopyWork.Fetch => CopyLane.Downloads,
            CopyWork.Delete or CopyWork.Forget => CopyLane.Deletes,
            _ => null,
        };
}
