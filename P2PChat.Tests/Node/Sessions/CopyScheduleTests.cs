using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>What is done next with copies at the directory, and when.</summary>
public sealed class CopyScheduleTests
{
    private static readonly TimeSpan UploadAfter = TimeSpan.FromSeconds(10);
    private static readonly DateTimeOffset Until = new(2030, 1, 15, 0, 0, 0, TimeSpan.Zero);

    private readonly CopySchedule _schedule = new(UploadAfter);
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private CopyTime Now => new(_now, _now);

    [Fact]
    public void Nothing_is_transferred_before_it_is_known_who_is_connected()
    {
        var job = Add(Ours(1));

        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        _schedule.SetLinked(job.Remote, isLinked: true, Now);
        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        _schedule.SetLinked(job.Remote, isLinked: false, Now);
        // The link may come back.
        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Assert.Equal(_now + UploadAfter, _schedule.NextDue(Now));
        _now += UploadAfter;
        Assert.Same(job, _schedule.Take(CopyLane.Uploads, Now));
    }

    [Fact]
    public void Lanes_do_one_thing_each_and_do_not_wait_for_each_other()
    {
        var (first, second) = (AddAway(Ours(1)), AddAway(Ours(2)));
        var (wanted, unwanted) = (AddAway(Theirs(3), TransferState.Active), AddAway(Theirs(4), TransferState.Declined));

        Assert.Same(first, _schedule.Take(CopyLane.Uploads, Now));
        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Assert.Same(wanted, _schedule.Take(CopyLane.Downloads, Now));
        Assert.Same(unwanted, _schedule.Take(CopyLane.Deletes, Now));
        CopySchedule.Release(first);
        CopySchedule.SetStored(first, Until, Now);
        Assert.Same(second, _schedule.Take(CopyLane.Uploads, Now));
    }

    [Theory]
    [InlineData(TransferState.Cancelled)]
    [InlineData(TransferState.Paused)]
    [InlineData(null)]
    public void Work_is_cancelled_when_its_transfer_ends_or_pauses(TransferState? state)
    {
        var job = AddAway(Theirs(1), TransferState.Active);
        Assert.Same(job, _schedule.Take(CopyLane.Downloads, Now));
        var need = job.Need!.Token;

        _schedule.SetTransfer(job, state is { } changed ? job.Transfer! with { State = changed } : null, Now);

        Assert.True(need.IsCancellationRequested);
    }

    [Fact]
    public void Work_is_cancelled_when_a_link_comes_up_and_goes_on_after_it()
    {
        var job = AddAway(Ours(1));
        Assert.Same(job, _schedule.Take(CopyLane.Uploads, Now));
        var need = job.Need!.Token;

        _schedule.SetLinked(job.Remote, isLinked: true, Now);
        Assert.True(need.IsCancellationRequested);
        CopySchedule.Release(job);
        Assert.Null(_schedule.NextDue(Now));
        _schedule.SetLinked(job.Remote, isLinked: false, Now);
        _now += UploadAfter;

        Assert.Same(job, _schedule.Take(CopyLane.Uploads, Now));
    }

    [Fact]
    public void Upload_that_was_begun_is_withdrawn_and_others_are_forgotten()
    {
        var (begun, waiting) = (AddAway(Ours(1) with { Until = Until }), AddAway(Ours(2)));

        _schedule.SetTransfer(begun, null, Now);
        _schedule.SetTransfer(waiting, null, Now);

        Assert.Equal(CopyWork.Delete, begun.NextAt(Now, isStopping: false));
        Assert.Equal(CopyWork.Forget, waiting.NextAt(Now, isStopping: false));
        _now = Until;
        Assert.Equal(CopyWork.Forget, begun.NextAt(Now, isStopping: false));
    }

    [Fact]
    public void End_is_final_even_if_an_earlier_change_is_reported_later()
    {
        var job = AddAway(Theirs(1), TransferState.Completed);

        _schedule.SetTransfer(job, job.Transfer! with { State = TransferState.Active }, Now);

        Assert.Equal(CopyWork.Delete, job.NextAt(Now, isStopping: false));
    }

    [Fact]
    public void Received_file_that_ends_over_a_link_is_left_to_its_sender()
    {
        var job = Add(Theirs(1), TransferState.Active);
        _schedule.SetLinked(job.Remote, isLinked: true, Now);

        _schedule.SetTransfer(job, job.Transfer! with { State = TransferState.Completed }, Now);

        Assert.Equal(CopyWork.Forget, job.NextAt(Now, isStopping: false));
    }

    [Fact]
    public void Received_file_that_does_not_come_is_asked_for_once_a_day_in_the_end()
    {
        // Its sender may have had no room for two weeks.
        var job = AddAway(Theirs(1), TransferState.Active);
        _now = Until;

        for (var day = 1; day <= 3; day++)
        {
            Assert.Same(job, _schedule.Take(CopyLane.Downloads, Now));
            _ = Fail(job, CopyWork.Fetch, CopyProblem.NotThereYet, CopyScope.One);
            Assert.Equal(_now + CopySchedule.CheckEvery, _schedule.NextDue(Now));
            _now += CopySchedule.CheckEvery;
        }
    }

    [Fact]
    public void Offer_that_is_accepted_after_two_weeks_is_fetched()
    {
        var job = AddAway(Theirs(1));
        _now = Until;
        Assert.Null(_schedule.Take(CopyLane.Deletes, Now));

        _schedule.SetTransfer(job, job.Transfer! with { State = TransferState.Active }, Now);

        Assert.Same(job, _schedule.Take(CopyLane.Downloads, Now));
    }

    [Theory]
    [InlineData(TransferState.Completed)]
    [InlineData(TransferState.Declined)]
    public void Received_file_that_ends_after_two_weeks_is_deleted(TransferState state)
    {
        var job = AddAway(Theirs(1), TransferState.Active);
        _now = Until;

        _schedule.SetTransfer(job, job.Transfer! with { State = state }, Now);

        Assert.Equal(CopyWork.Delete, job.NextAt(Now, isStopping: false));
        Assert.Equal(_now + SealedCopies.KeptAtMost, job.Stored.Until);
    }

    [Fact]
    public void Full_directory_pauses_all_uploads_and_shows_why()
    {
        var jobs = Enumerable.Range(1, 200).Select(i => AddAway(Ours(i, remote: i % 3))).ToList();
        var other = AddAway(Theirs(300), TransferState.Active);
        var failed = _schedule.Take(CopyLane.Uploads, Now)!;

        var changed = Fail(failed, CopyWork.Upload, CopyProblem.DirectoryFull, CopyScope.All);

        Assert.Equal(200, changed.Count);
        Assert.All(jobs, job => Assert.Equal(CopyProblem.DirectoryFull, job.Stored.Problem));
        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Assert.Same(other, _schedule.Take(CopyLane.Downloads, Now));
        _now += MailPause.Long * 1.25;
        Assert.NotNull(_schedule.Take(CopyLane.Uploads, Now));
    }

    [Fact]
    public void Full_mailbox_pauses_the_uploads_for_its_owner_only()
    {
        var (full, alsoFull, other) = (AddAway(Ours(1)), AddAway(Ours(2)), AddAway(Ours(3, remote: 2)));
        Assert.Same(full, _schedule.Take(CopyLane.Uploads, Now));

        _ = Fail(full, CopyWork.Upload, CopyProblem.MailboxFull, CopyScope.Contact);

        Assert.Equal(CopyProblem.MailboxFull, alsoFull.Stored.Problem);
        Assert.Same(other, _schedule.Take(CopyLane.Uploads, Now));
    }

    [Theory]
    [InlineData((int)CopyLane.Uploads, (int)CopyScope.All)]
    [InlineData((int)CopyLane.Uploads, (int)CopyScope.Contact)]
    [InlineData((int)CopyLane.Downloads, (int)CopyScope.All)]
    [InlineData((int)CopyLane.Downloads, (int)CopyScope.Contact)]
    [InlineData((int)CopyLane.Deletes, (int)CopyScope.All)]
    [InlineData((int)CopyLane.Deletes, (int)CopyScope.Contact)]
    public void Copy_that_always_fails_does_not_starve_the_others(int lane, int scope)
    {
        for (var id = 1; id <= 3; id++)
        {
            _ = (CopyLane)lane switch
            {
                CopyLane.Uploads => AddAway(Ours(id)),
                CopyLane.Downloads => AddAway(Theirs(id), TransferState.Active),
                _ => AddAway(Theirs(id), TransferState.Declined),
            };
        }

        var tried = new HashSet<SealedCopyJob>();
        for (var i = 0; i < 3; i++)
        {
            var job = Take((CopyLane)lane);
            _ = tried.Add(job);
            _ = Fail(job, job.Running, CopyProblem.Unreachable, (CopyScope)scope);
            _now += MailPause.Long * 1.25;
        }

        Assert.Equal(3, tried.Count);
    }

    [Fact]
    public void Directory_that_asks_for_no_pause_gets_one()
    {
        var job = AddAway(Ours(1));
        var busy = new DirectoryException(DirectoryFailure.Unreachable, "Busy.") { RetryAfter = TimeSpan.Zero };

        _ = _schedule.Fail(Take(CopyLane.Uploads), CopyWork.Upload, CopyRetryPolicy.Of(busy), Now);
        CopySchedule.Release(job);

        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Assert.True(_schedule.NextDue(Now) >= _now + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Files_that_never_arrive_are_asked_for_ever_more_rarely()
    {
        var jobs = Enumerable.Range(1, 640).Select(i => AddAway(Theirs(i), TransferState.Active)).ToList();

        _ = Fail(Take(CopyLane.Downloads), CopyWork.Fetch, CopyProblem.NotThereYet, CopyScope.One);

        Assert.Equal(_now + (10 * CopySchedule.LongestPause), jobs.Max(job => job.Due));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(640, 10)]
    public void Link_that_comes_and_goes_does_not_cause_calls_each_time(int files, int minutes)
    {
        var jobs = Enumerable.Range(1, files).Select(i => AddAway(Theirs(i), TransferState.Active)).ToList();

        Assert.Equal(files, AskForAll());
        _now += TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1);
        Flap(jobs[0].Remote);
        Assert.Equal(0, AskForAll());
        _now += TimeSpan.FromSeconds(1);
        Flap(jobs[0].Remote);
        Assert.Equal(files, AskForAll());
    }

    [Fact]
    public void Link_does_not_end_the_pause_that_the_directory_has_asked_for()
    {
        var job = AddAway(Ours(1));
        _ = Fail(Take(CopyLane.Uploads), CopyWork.Upload, CopyProblem.DirectoryFull, CopyScope.All);

        Flap(job.Remote);
        _now += UploadAfter;

        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
    }

    [Fact]
    public void Failure_of_work_that_is_not_needed_any_more_pauses_nothing()
    {
        var job = AddAway(Theirs(1), TransferState.Active);
        Assert.Same(job, _schedule.Take(CopyLane.Downloads, Now));
        _schedule.SetTransfer(job, job.Transfer! with { State = TransferState.Completed }, Now);

        Assert.Empty(Fail(job, CopyWork.Fetch, CopyProblem.None, CopyScope.All));

        Assert.Same(job, _schedule.Take(CopyLane.Deletes, Now));
    }

    [Fact]
    public void Stored_file_is_checked_once_a_day()
    {
        var job = AddAway(Ours(1));
        CopySchedule.SetStored(job, Until, Now);

        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Assert.Equal(_now + CopySchedule.CheckEvery, _schedule.NextDue(Now));
        _now += CopySchedule.CheckEvery;
        Assert.Same(job, _schedule.Take(CopyLane.Uploads, Now));
        Assert.Null(job.MustCheckAt);
    }

    [Fact]
    public void Stored_file_is_checked_over_a_link_but_not_over_each()
    {
        var job = AddAway(Ours(1));
        CopySchedule.SetStored(job, Until, Now);

        _schedule.SetLinked(job.Remote, isLinked: true, Now);
        _now += UploadAfter;
        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Flap(job.Remote);
        _schedule.SetLinked(job.Remote, isLinked: true, Now);
        _now += TimeSpan.FromHours(1) - UploadAfter;
        Assert.Same(job, _schedule.Take(CopyLane.Uploads, Now));
        Assert.NotNull(job.MustCheckAt);
        CopySchedule.SetStored(job, Until, Now);
        CopySchedule.Release(job);

        // That was the check of this link.
        _now += CopySchedule.CheckEvery;
        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Assert.Null(_schedule.NextDue(Now));
    }

    [Fact]
    public void Stored_file_is_not_uploaded_again_after_a_link()
    {
        // Its receiver may have fetched it as soon as the link had ended.
        var job = AddAway(Ours(1));
        CopySchedule.SetStored(job, Until, Now);
        _now += TimeSpan.FromHours(2);

        Flap(job.Remote);
        _now += UploadAfter;

        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        _now += CopySchedule.CheckEvery - TimeSpan.FromHours(2) - UploadAfter;
        Assert.Same(job, _schedule.Take(CopyLane.Uploads, Now));
        Assert.Null(job.MustCheckAt);
    }

    [Fact]
    public void Check_waits_until_the_receiver_has_said_what_it_has()
    {
        var job = AddAway(Ours(1));
        CopySchedule.SetStored(job, Until, Now);
        _now += TimeSpan.FromHours(2);

        _schedule.SetLinked(job.Remote, isLinked: true, Now);

        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Assert.Equal(_now + UploadAfter, _schedule.NextDue(Now));
    }

    [Fact]
    public void File_that_is_not_stored_waits_for_the_end_of_a_link()
    {
        var job = AddAway(Ours(1));
        CopySchedule.SetStored(job, Until, Now);
        _now += TimeSpan.FromHours(2);
        _schedule.SetLinked(job.Remote, isLinked: true, Now);
        _now += UploadAfter;

        _ = Fail(Take(CopyLane.Uploads), CopyWork.Upload, CopyProblem.NotStored, CopyScope.All);
        _now += TimeSpan.FromHours(2);

        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
    }

    [Theory]
    [InlineData(CopyProblem.Unreachable, CopyState.Stored, CopyProblem.None)]
    [InlineData(CopyProblem.NotStored, CopyState.Waiting, CopyProblem.NotStored)]
    public void Failed_check_says_only_what_is_certain(CopyProblem problem, CopyState state, CopyProblem shown)
    {
        var job = AddAway(Ours(1));
        CopySchedule.SetStored(job, Until, Now);
        _now += CopySchedule.CheckEvery;

        _ = Fail(Take(CopyLane.Uploads), CopyWork.Upload, problem, CopyScope.All);

        Assert.Equal((state, shown), (job.Stored.State, job.Stored.Problem));
    }

    [Fact]
    public void Peer_that_stops_uploads_at_once_what_has_not_failed()
    {
        var failed = AddAway(Ours(1));
        _ = Fail(Take(CopyLane.Uploads), CopyWork.Upload, CopyProblem.Unreachable, CopyScope.All);
        CopySchedule.Release(failed);
        var (connected, fetched) = (Add(Ours(2, remote: 2)), AddAway(Theirs(3), TransferState.Active));
        _schedule.SetLinked(connected.Remote, isLinked: true, Now);
        connected.Due = _now + UploadAfter;

        _schedule.IsStopping = true;

        Assert.Same(connected, _schedule.Take(CopyLane.Uploads, Now));
        CopySchedule.SetStored(connected, Until, Now);
        CopySchedule.Release(connected);
        Assert.Null(_schedule.Take(CopyLane.Uploads, Now));
        Assert.Null(_schedule.Take(CopyLane.Downloads, Now));
        Assert.Equal(CopyWork.None, fetched.Running);
    }

    private static StoredCopy Ours(int id, int remote = 1) => Copy(id, remote, isOurs: true);

    private static StoredCopy Theirs(int id) => Copy(id, remote: 1, isOurs: false) with { Until = Until };

    private static StoredCopy Copy(int id, int remote, bool isOurs) =>
        new(
            PeerId.FromHash([.. Enumerable.Repeat((byte)remote, 32)]),
            Username.Parse("bob"),
            isOurs,
            new Guid(id, 0, 0, new byte[8]),
            "00",
            CopyState.Waiting,
            Until: null
        );

    [Fact]
    public void File_that_its_sender_pauses_is_fetched_once_over_a_link()
    {
        var job = AddAway(Theirs(1), TransferState.Active);
        _ = _schedule.SetLinked(job.Remote, isLinked: true, Now);
        Assert.Null(_schedule.Take(CopyLane.Downloads, Now));

        SetPaused(true);
        Assert.Same(job, _schedule.Take(CopyLane.Downloads, Now));
        _ = Fail(job, CopyWork.Fetch, CopyProblem.NotThereYet, CopyScope.One);
        SetPaused(false);
        SetPaused(true);

        Assert.Null(_schedule.Take(CopyLane.Downloads, Now));

        void SetPaused(bool paused)
        {
            job.IsPausedByThem = paused;
            _schedule.SetTransfer(job, job.Transfer, Now);
        }
    }

    private SealedCopyJob Add(StoredCopy copy, TransferState state = TransferState.Offered)
    {
        var offer = new FileOffer("a", 1, new byte[32], FileOffer.UnknownType);
        var job = new SealedCopyJob(
            copy,
            new StoredTransfer(copy.Remote, copy.With, copy.IsOurs, copy.Id, offer, state, TransferProblem.None, "a")
        );
        Assert.True(_schedule.TryAdd(job));
        return job;
    }

    private SealedCopyJob AddAway(StoredCopy copy, TransferState state = TransferState.Offered)
    {
        var job = Add(copy, state);
        _ = _schedule.SetLinked(job.Remote, isLinked: false, Now);
        return job;
    }

    private SealedCopyJob Take(CopyLane lane)
    {
        var job = _schedule.Take(lane, Now);
        Assert.NotNull(job);
        return job;
    }

    private void Flap(PeerId remote)
    {
        _ = _schedule.SetLinked(remote, isLinked: true, Now);
        _ = _schedule.SetLinked(remote, isLinked: false, Now);
    }

    private int AskForAll()
    {
        var calls = 0;
        for (; _schedule.Take(CopyLane.Downloads, Now) is { } job; calls++)
        {
            _ = Fail(job, CopyWork.Fetch, CopyProblem.NotThereYet, CopyScope.One);
        }

        return calls;
    }

    private IReadOnlyList<SealedCopyJob> Fail(SealedCopyJob job, CopyWork work, CopyProblem problem, CopyScope scope)
    {
        var changed = _schedule.Fail(job, work, new CopyFailure(problem, MailPause.Of(MailPause.Long), scope), Now);
        CopySchedule.Release(job);
        return changed;
    }
}
