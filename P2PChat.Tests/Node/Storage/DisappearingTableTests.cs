using System.Diagnostics;
using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using static P2PChat.Tests.Node.Storage.StoredContents;

namespace P2PChat.Tests.Node.Storage;

/// <summary>Disappearing messages in the store: when their time runs, and what remains.</summary>
public sealed class DisappearingTableTests : IDisposable
{
    private const uint Hour = 3600;

    private static readonly TimeReading Now = new(Start, TimeSpan.FromHours(5), Start);

    private readonly StoredContents _stored = new();

    public void Dispose() => _stored.Dispose();

    [Fact]
    public async Task Received_message_disappears_an_hour_after_it_was_read()
    {
        var (passing, staying) = (_stored.Receive("passing", expiresAfter: Hour), _stored.Receive("staying"));
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromDays(9))));
        Assert.Equal((Hour, null), (_stored.Message(passing).ExpiresAfter, _stored.Message(passing).ExpiresAt));

        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Equal(Start.AddSeconds(Hour), _stored.Message(passing).ExpiresAt);
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromSeconds(Hour - 1))));
        Assert.Equal([passing], await _stored.SweepAsync(After(TimeSpan.FromSeconds(Hour))));

        Assert.Equal(staying, _stored.Messages().Single().Id);
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromDays(1))));
    }

    [Fact]
    public async Task Unread_message_stays_when_its_epoch_is_forgotten()
    {
        const ulong Newest = TheirEpoch + 20;
        var unread = _stored.Receive("unread", expiresAfter: Hour);
        for (var epoch = TheirEpoch + 1; epoch <= Newest; epoch++)
        {
            var message = new IncomingMessage(Guid.CreateVersion7(), "later", Start, traceParent: null, epoch, 1);
            _stored.Add(new Change.Received(epoch, 2, [message]));
        }

        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromDays(9))));

        _stored.Add(new Change.Read(Newest, 2));
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromDays(9))));
        Assert.Equal([unread], await _stored.SweepAsync(After(TimeSpan.FromDays(9) + TimeSpan.FromSeconds(Hour))));
    }

    [Fact]
    public async Task Sent_message_disappears_an_hour_after_its_delivery()
    {
        var sent = _stored.Send("passing", expiresAfter: Hour);
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromDays(9))));
        Assert.Equal(Hour, Assert.Single(_stored.Outbox()).Message!.ExpiresAfter);

        _stored.Acknowledge();
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Equal([sent], await _stored.SweepAsync(After(TimeSpan.FromSeconds(Hour))));
        Assert.Empty(_stored.Messages());
    }

    [Fact]
    public async Task Failed_message_loses_its_text_but_its_failure_stays_shown()
    {
        var sent = _stored.Send("xylophonquartz", expiresAfter: Hour);
        _stored.Add(new Change.Abandoned(OurEpoch, 1, sent, AbandonReason.Expired));

        Assert.Empty(await _stored.SweepAsync(Now));
        var erased = new List<DisappearedMessage>();
        await _stored.Store.Disappearing.SweepAsync(() => new SweepTime(After(TimeSpan.FromHours(1))), erased.AddRange);

        var left = _stored.Message(sent);
        Assert.Equal(("", MessageState.Expired, true), (left.Text, left.State, left.HasDisappeared));
        // The views keep showing it.
        Assert.Equal(left, Assert.Single(erased).After);
        Assert.False(_stored.IsInFiles("xylophonquartz"));
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, sent));
        Assert.Empty(_stored.Messages());
    }

    [Fact]
    public async Task Erased_message_in_the_outbox_keeps_its_number()
    {
        var (first, lost) = (_stored.Send("one", expiresAfter: Hour), _stored.Send("two", expiresAfter: Hour));
        var waiting = _stored.Send("three");
        _stored.Add(new Change.Abandoned(OurEpoch, 1, first, AbandonReason.Expired));
        _stored.Add(new Change.Abandoned(OurEpoch, 2, lost, AbandonReason.Expired));
        _ = await _stored.SweepAsync(Now);
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, lost));
        _ = await _stored.SweepAsync(After(TimeSpan.FromHours(1)));

        _stored.Reopen();

        Assert.Equal(
            [(null, first), (null, lost), (waiting, null)],
            _stored.Outbox().Select(entry => (entry.Message?.Id, entry.Abandoned?.Id))
        );
        // Deposits are counted from the newest message on.
        _stored.Add(new Change.Transmitted(OurEpoch, 3, 4, Deposited: true));
        Assert.Equal([false, false, true], _stored.Outbox().Select(entry => entry.Deposited));
        Assert.Equal(0, await CountAsync("disappearing"));
    }

    [Fact]
    public async Task Clock_jump_deletes_nothing_early()
    {
        _ = _stored.Receive("passing", expiresAfter: Hour);
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));

        Assert.Empty(await _stored.SweepAsync(Now with { Own = Start.AddYears(3) }));
        Assert.Empty(await _stored.SweepAsync(Now with { Directory = Start.AddYears(3) }));
        Assert.Empty(await _stored.SweepAsync(new TimeReading(Start.AddYears(3), Now.Ran)));
        Assert.Single(_stored.Messages());
    }

    [Fact]
    public async Task Clock_that_is_set_back_delays_nothing_while_the_peer_runs()
    {
        var received = _stored.Receive("passing", expiresAfter: Hour);
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));

        var back = new TimeReading(Start.AddYears(-5), Now.Ran + TimeSpan.FromHours(1));

        Assert.Equal([received], await _stored.SweepAsync(back));
    }

    [Fact]
    public async Task Time_runs_while_the_peer_is_off_if_both_clocks_agree()
    {
        var received = _stored.Receive("passing", expiresAfter: Hour);
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));

        _stored.Reopen();

        var later = Start.AddDays(1);
        Assert.Empty(await _stored.SweepAsync(new TimeReading(later, Now.Ran)));
        Assert.Equal([received], await _stored.SweepAsync(new TimeReading(later, Now.Ran, later)));
    }

    [Fact]
    public async Task Time_counts_from_the_first_answer_of_the_directory_on()
    {
        var received = _stored.Receive("passing", expiresAfter: Hour);
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now with { Directory = null }));
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromMinutes(20))));

        var rest = Start.AddHours(1);
        var ran = Now.Ran + TimeSpan.FromMinutes(20);
        Assert.Empty(await _stored.SweepAsync(new TimeReading(rest.AddSeconds(-1), ran, rest.AddSeconds(-1))));
        Assert.Equal([received], await _stored.SweepAsync(new TimeReading(rest, ran, rest)));
    }

    [Fact]
    public async Task Answer_from_before_the_machine_was_suspended_does_not_count()
    {
        _ = _stored.Receive("passing", expiresAfter: Hour);
        _stored.Read();
        // The machine has just resumed, and both times are those of before.
        Assert.Empty(await _stored.SweepAsync(Now, directoryAge: TimeSpan.FromSeconds(5)));

        var day = Start.AddDays(1);
        Assert.Empty(await _stored.SweepAsync(new TimeReading(day, Now.Ran, day)));
        Assert.Single(_stored.Messages());
    }

    [Fact]
    public async Task Message_waits_for_the_delivery_of_its_edit()
    {
        const string Text = "xylophonquartz";
        var sent = _stored.Send("passing", expiresAfter: Hour);
        _stored.Acknowledge();
        Assert.Empty(await _stored.SweepAsync(Now));
        _ = _stored.Edit(sent, Text + new string('y', 20_000), ours: true);

        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromDays(3))));
        Assert.StartsWith($"edited: {Text}", Assert.Single(_stored.Outbox()).Message!.Text, StringComparison.Ordinal);

        _stored.Acknowledge();
        Assert.Equal([sent], await _stored.SweepAsync(After(TimeSpan.FromDays(3))));
        Assert.False(_stored.IsInFiles(Text));
    }

    [Fact]
    public async Task Nothing_of_long_edits_remains_in_the_files()
    {
        const string Text = "xylophonquartz";
        var received = _stored.Receive(Long(0), expiresAfter: Hour);
        for (var i = 1; i <= 25; i++)
        {
            _ = _stored.Edit(received, Long(i), ours: false);
            _ = _stored.Found(Text);
        }

        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.True(_stored.IsInFiles(Text));
        Assert.Equal([received], await _stored.SweepAsync(After(TimeSpan.FromHours(1))));

        Assert.False(_stored.IsInFiles(Text));

        static string Long(int number) =>
            string.Concat(Enumerable.Repeat($"xylophonquartz{number} ", 20_000 / 16 + 40 * number));
    }

    [Fact]
    public async Task Log_in_use_delays_only_its_emptying()
    {
        const string Text = "xylophonquartz";
        var received = _stored.Receive(Text, expiresAfter: Hour);
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));
        var erased = new List<DisappearedMessage>();
        var due = After(TimeSpan.FromHours(1));
        using (var reader = new SqliteConnection($"Data Source={_stored.FilePath};Mode=ReadOnly;Pooling=False"))
        {
            reader.Open();
            using var transaction = reader.BeginTransaction(deferred: true);
            using var command = reader.CreateCommand();
            command.CommandText = "SELECT count(*) FROM messages";
            _ = command.ExecuteScalar();

            _ = await Assert.ThrowsAsync<StoreException>(SweepAsync);
            // A backup may read for long, and writers wait as long as the checkpoint does.
            var started = Stopwatch.GetTimestamp();
            _ = await Assert.ThrowsAsync<StoreException>(SweepAsync);
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromMilliseconds(900));
        }

        Assert.Equal(received, Assert.Single(erased).Before!.Id);
        Assert.Empty(await _stored.SweepAsync(due));
        Assert.False(_stored.IsInFiles(Text));

        Task SweepAsync() => _stored.Store.Disappearing.SweepAsync(() => new SweepTime(due), erased.AddRange);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sweep_writes_nothing_if_nothing_is_due(bool knowsDirectory)
    {
        _ = _stored.Receive("unread", expiresAfter: Hour);
        _ = _stored.Receive("read", expiresAfter: Hour);
        _stored.Add(new Change.Read(TheirEpoch, 2));
        Assert.Empty(await _stored.SweepAsync(At(TimeSpan.Zero)));
        var commits = _stored.Store.Writer.Commits;

        Assert.Empty(await _stored.SweepAsync(At(TimeSpan.FromMinutes(30))));

        Assert.Equal(commits, _stored.Store.Writer.Commits);

        TimeReading At(TimeSpan time) => After(time) with { Directory = knowsDirectory ? Start + time : null };
    }

    [Fact]
    public async Task Backlog_is_erased_in_batches_and_can_be_cancelled()
    {
        for (var i = 0; i < 1200; i++)
        {
            _ = _stored.Receive($"passing {i}", expiresAfter: Hour);
        }

        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));
        var batches = new List<int>();
        using var stop = new CancellationTokenSource();
        await _stored.Store.Disappearing.SweepAsync(
            () => new SweepTime(After(TimeSpan.FromHours(1))),
            batch =>
            {
                batches.Add(batch.Count);
                stop.Cancel();
            },
            stop.Token
        );

        Assert.Equal([500], batches);
        Assert.Equal(700, (await _stored.SweepAsync(After(TimeSpan.FromHours(1)))).Count);
        Assert.Empty(_stored.Messages());
        Assert.False(_stored.IsInFiles("passing 1199"));
    }

    [Fact]
    public async Task Damaged_message_does_not_keep_others()
    {
        _ = _stored.Receive("one", expiresAfter: Hour);
        var sound = _stored.Receive("two", expiresAfter: Hour);
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));
        await _stored.RunAsync($"UPDATE messages SET sent_at = {long.MaxValue} WHERE text = 'one'");

        Assert.Equal([sound], await _stored.SweepAsync(After(TimeSpan.FromHours(1))));

        Assert.False(_stored.IsInFiles("one"));
        Assert.Equal(1, await CountAsync("messages WHERE hidden = 1 AND removed = 2 AND text = '' AND sent_at > 1e18"));
        Assert.Equal(0, await CountAsync("disappearing"));
    }

    [Fact]
    public async Task Message_that_is_sent_again_while_it_is_erased_stays_erased()
    {
        var sent = _stored.Send("passing", expiresAfter: Hour);
        _stored.Acknowledge();
        Assert.Empty(await _stored.SweepAsync(Now));
        var again = new OutgoingMessage(sent, "passing", Start) { ExpiresAfter = Hour };
        Assert.Equal([sent], await _stored.SweepAsync(After(TimeSpan.FromHours(1))));

        _stored.Add(new Change.EpochBegun(OurEpoch + 1, [sent]) { Recalled = new Recalled(default, [again]) });
        _stored.Reopen();

        var entry = Assert.Single(_stored.Outbox()).Message!;
        Assert.Equal((FallbackText.Deleted, new MessageContent.Delete(sent)), (entry.Text, entry.Content));
        Assert.False(_stored.IsInFiles("passing"));
    }

    [Fact]
    public async Task Change_that_is_sent_again_while_its_message_is_erased_leaves_no_text()
    {
        const string Text = "xylophonquartz";
        var (ours, theirs) = (_stored.Send("one", expiresAfter: Hour), _stored.Receive(Text, expiresAfter: Hour));
        var edit = _stored.Edit(ours, Text, ours: true);
        var content = new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👍");
        var reaction = _stored.Send(FallbackText.Of(content, Text), content);
        _stored.Acknowledge();
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));
        var recall = new SessionEffect.Recall(new Position(OurEpoch, 1), new Position(OurEpoch, 4), 10, 10_000);
        var found = await _stored.Store.RecallAsync(BobsKey, recall, DateTimeOffset.MinValue);
        Assert.Equal([ours, edit, reaction], found.Messages.Select(message => message.Id));
        Assert.Equal(2, (await _stored.SweepAsync(After(TimeSpan.FromHours(1)))).Count);

        _stored.Add(
            new Change.EpochBegun(OurEpoch + 1, [ours, edit, reaction])
            {
                Recalled = new Recalled(recall.Kept, found.Messages),
            }
        );
        _stored.Reopen();

        Assert.Equal(
            [FallbackText.Deleted, FallbackText.Deleted, "reacted 👍 to \"\""],
            _stored.Outbox().Select(entry => entry.Message!.Text)
        );
        Assert.False(_stored.IsInFiles(Text));
    }

    [Fact]
    public async Task Change_of_a_message_erased_meanwhile_leaves_no_text()
    {
        const string Text = "xylophonquartz";
        var (ours, theirs) = (_stored.Send("one", expiresAfter: Hour), _stored.Receive(Text, expiresAfter: Hour));
        _stored.Acknowledge();
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Equal(2, (await _stored.SweepAsync(After(TimeSpan.FromHours(1)))).Count);

        // Both were read before.
        _ = _stored.Edit(ours, Text, ours: true);
        var content = new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👍");
        _ = _stored.Send(FallbackText.Of(content, Text), content);
        _stored.Reopen();

        Assert.Equal(
            [FallbackText.Deleted, "reacted 👍 to \"\""],
            _stored.Outbox().Select(entry => entry.Message!.Text)
        );
        Assert.False(_stored.IsInFiles(Text));
    }

    [Fact]
    public async Task Failed_message_that_was_delivered_after_all_leaves_no_empty_line()
    {
        var sent = _stored.Send("passing", expiresAfter: Hour);
        _stored.Add(new Change.Abandoned(OurEpoch, 1, sent, AbandonReason.Unconfirmed));
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Equal([sent], await _stored.SweepAsync(After(TimeSpan.FromHours(1))));
        Assert.Equal("", Assert.Single(_stored.Messages()).Text);

        _stored.Add(new Change.Acknowledged(OurEpoch, 2, ItemChecksum.Start) { Late = [sent] });

        Assert.Empty(_stored.Messages());
    }

    [Fact]
    public async Task Message_deleted_here_while_it_waits_is_sent_and_leaves_nothing()
    {
        const string Text = "xylophonquartz";
        var sent = _stored.Send(Text + new string('y', 20_000), expiresAfter: Hour);
        _ = _stored.Messages();
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, sent));
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromDays(1))));
        _stored.Reopen();
        Assert.Equal(Hour, Assert.Single(_stored.Outbox()).Message!.ExpiresAfter);

        _stored.Acknowledge();
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromHours(1))));

        Assert.False(_stored.IsInFiles(Text));
        Assert.Equal(0, await CountAsync("disappearing"));
    }

    [Fact]
    public async Task Hash_of_the_text_goes_with_it()
    {
        var key = SendKey.Of("key", "yes")!.Value;
        var id = Guid.CreateVersion7();
        _stored.Add(
            new Change.Queued(OurEpoch, 1, new OutgoingMessage(id, "yes", Start) { ExpiresAfter = Hour }, Sent: false),
            new IdempotencyEntry(key.Key, key.TextHash, id, Start)
        );
        _stored.Add(new Change.Acknowledged(OurEpoch, 2, ItemChecksum.Start));
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.False(_stored.Store.Keys.Find(BobsKey, key.Key)!.TextHash.IsEmpty);

        Assert.Equal([id], await _stored.SweepAsync(After(TimeSpan.FromHours(1))));

        Assert.True(_stored.Store.Keys.Find(BobsKey, key.Key)!.TextHash.IsEmpty);
    }

    [Fact]
    public async Task Nothing_of_the_text_remains_in_the_files()
    {
        const string Text = "xylophonquartz";
        const string Earlier = "bassoonberyl";
        var target = _stored.Receive(Earlier, expiresAfter: Hour);
        _stored.Edit(target, Text, ours: false);
        var reply = _stored.Receive("a reply", new MessageContent.Reply(new MessageReference(target, Yours: false)));
        for (var i = 0; i < 50; i++)
        {
            _ = _stored.Receive($"{Text}{i} {new string('y', 5000)}", expiresAfter: Hour);
        }

        _stored.Read();
        Assert.NotEmpty(_stored.Found($"{Text}7"));
        Assert.True(_stored.IsInFiles(Text));
        Assert.True(_stored.IsInFiles(Earlier));

        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Equal(51, (await _stored.SweepAsync(After(TimeSpan.FromHours(1)))).Count);

        Assert.Empty(_stored.Found(Text));
        Assert.False(_stored.IsInFiles(Text));
        Assert.False(_stored.IsInFiles(Earlier));
        var quote = _stored.Message(reply).ReplyTo!;
        Assert.Equal((null, true, true), (quote.Text, quote.IsDeleted, quote.HasDisappeared));
    }

    [Fact]
    public async Task Edited_message_that_was_indexed_leaves_nothing_in_the_files()
    {
        const string Text = "xylophonquartz";
        const string Earlier = "bassoonberyl";
        var id = _stored.Receive(Earlier, expiresAfter: Hour);
        Assert.Equal([Earlier], _stored.Found(Earlier));
        _ = _stored.Edit(id, Text, ours: false);
        var reaction = new MessageContent.Reaction(new MessageReference(id, Yours: true), "👍");
        _ = _stored.Send(FallbackText.Of(reaction, Text), reaction);
        Assert.Equal([Text], _stored.Found(Text));
        Assert.Empty(_stored.Found(Earlier));

        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Equal([id], await _stored.SweepAsync(After(TimeSpan.FromHours(1))));

        Assert.Empty(_stored.Found(Text));
        Assert.False(_stored.IsInFiles(Text));
        Assert.False(_stored.IsInFiles(Earlier));
        Assert.Equal("reacted 👍 to \"\"", Assert.Single(_stored.Outbox()).Message!.Text);
    }

    [Fact]
    public void Search_finds_messages_that_disappear_and_others_newest_first()
    {
        _ = _stored.Receive("a word");
        _ = _stored.Receive("a passing word", expiresAfter: Hour);
        _ = _stored.Send("the last word");

        Assert.Equal(["the last word", "a passing word", "a word"], _stored.Found("word"));
    }

    [Fact]
    public async Task Second_copy_of_a_disappeared_message_is_recognized()
    {
        var id = _stored.Receive("passing", expiresAfter: Hour);
        _stored.Read();
        _ = await _stored.SweepAsync(Now);
        _ = await _stored.SweepAsync(After(TimeSpan.FromHours(1)));

        _ = _stored.Receive("passing", id: id, expiresAfter: Hour);
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromHours(1))));

        Assert.True(_stored.WasSeenBefore(id));
        Assert.Empty(_stored.Messages());
    }

    [Fact]
    public void Last_timer_of_each_side_survives_a_restart_and_shows_as_a_line()
    {
        var ours = _stored.Send("timer", new MessageContent.Timer(Hour, After: null));
        var theirs = _stored.Receive("timer", new MessageContent.Timer(0, ours));
        Assert.Equal([Hour, 0], _stored.Messages().Select(message => message.Timer!.Value));
        Assert.Equal(0, _stored.Overview().Unread);

        _stored.Reopen();

        var timers = _stored.Timers();
        Assert.Equal((ours, theirs), (Assert.Single(timers.Ours).Id, timers.Theirs!.Value.Id));
    }

    [Fact]
    public async Task Timer_outlives_its_line_and_is_sent_again_without_it()
    {
        var timer = _stored.Send("timer", new MessageContent.Timer(Hour, After: null));
        _stored.Acknowledge();
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, timer));

        _stored.Reopen();

        Assert.Equal(timer, Assert.Single(_stored.Timers().Ours).Id);
        var recall = new SessionEffect.Recall(new Position(OurEpoch, 1), new Position(OurEpoch, 2), 10, 10_000);
        var found = await _stored.Store.RecallAsync(BobsKey, recall, DateTimeOffset.MinValue);
        var again = Assert.Single(found.Messages);
        Assert.Equal((timer, "set messages to disappear 1 hour after reading"), (again.Id, again.Text));
    }

    [Fact]
    public void Timer_that_did_not_arrive_is_known_as_missing()
    {
        var arrived = _stored.Send("timer", new MessageContent.Timer(Hour, After: null));
        _stored.Acknowledge();
        var missing = _stored.Send("timer", new MessageContent.Timer(0, After: null));
        _stored.Add(new Change.Abandoned(OurEpoch, 2, missing, AbandonReason.Expired));
        _ = _stored.Messages();

        var timers = _stored.Timers();

        Assert.Equal([arrived, missing], timers.Ours.Select(timer => timer.Id));
        Assert.Equal([missing], timers.Missing);
    }

    [Fact]
    public void Text_of_a_timer_is_not_kept()
    {
        var timer = _stored.Receive(new string('x', 60_000), new MessageContent.Timer(Hour, After: null));

        Assert.Equal("set messages to disappear 1 hour after reading", _stored.Message(timer).Text);
    }

    [Fact]
    public void Timer_line_cannot_be_edited_or_deleted_by_the_other_side()
    {
        var timer = _stored.Receive("timer", new MessageContent.Timer(Hour, After: null));
        _ = _stored.Edit(timer, "edited", ours: false);
        _ = _stored.Receive("d", new MessageContent.Delete(timer));

        Assert.Equal(Hour, _stored.Message(timer).Timer);
    }

    [Fact]
    public async Task Deleted_message_that_disappears_leaves_no_trace_in_the_table()
    {
        var id = _stored.Receive("passing", expiresAfter: Hour);
        _ = _stored.Messages();
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, id));

        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Empty(await _stored.SweepAsync(After(TimeSpan.FromHours(1))));

        Assert.Equal(0, await CountAsync("disappearing"));
    }

    private async Task<long> CountAsync(string table)
    {
        var count = -1L;
        await _stored.Store.Writer.CallAsync(connection =>
            count = (long)connection.Scalar($"SELECT count(*) FROM {table}")!
        );
        return count;
    }

    private static TimeReading After(TimeSpan time) => new(Start + time, Now.Ran + time, Start + time);
}
