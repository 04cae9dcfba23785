using P2PChat.Protocol.Content;
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
    public async Task Message_that_was_not_delivered_in_time_disappears_as_well()
    {
        var sent = _stored.Send("passing", expiresAfter: Hour);
        _stored.Add(new Change.Abandoned(OurEpoch, 1, sent, AbandonReason.Expired));

        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Equal([sent], await _stored.SweepAsync(After(TimeSpan.FromHours(1))));
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
    public async Task Time_runs_while_the_peer_is_off()
    {
        var received = _stored.Receive("passing", expiresAfter: Hour);
        _stored.Read();
        Assert.Empty(await _stored.SweepAsync(Now));

        _stored.Reopen();

        var later = Start.AddDays(1);
        Assert.Equal([received], await _stored.SweepAsync(new TimeReading(later, Now.Ran, later)));
    }

    [Fact]
    public async Task Nothing_of_the_text_remains_in_the_files()
    {
        const string Text = "xylophonquartz";
        const string Earlier = "bassoonberyl";
        var target = _stored.Receive(Earlier, expiresAfter: Hour);
        _stored.Edit(target, Text, ours: false);
        var reply = _stored.Receive("an answer", new MessageContent.Reply(new MessageReference(target, Yours: false)));
        for (var i = 0; i < 50; i++)
        {
            _ = _stored.Receive($"{Text}{i} {new string('y', 5000)}", expiresAfter: Hour);
        }

        _stored.Read();
        Assert.NotEmpty(_stored.Found(Text));
        Assert.True(_stored.IsInFiles(Text));
        Assert.True(_stored.IsInFiles(Earlier));

        Assert.Empty(await _stored.SweepAsync(Now));
        Assert.Equal(51, (await _stored.SweepAsync(After(TimeSpan.FromHours(1)))).Count);

        Assert.Empty(_stored.Found(Text));
        Assert.False(_stored.IsInFiles(Text));
        Assert.False(_stored.IsInFiles(Earlier));
        Assert.Equal((null, true), (_stored.Message(reply).ReplyTo!.Text, _stored.Message(reply).ReplyTo!.IsDeleted));
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

        var timer = _stored.Store.Conversations.Load(BobsKey)!.Timer;
        Assert.Equal((ours, theirs, 0u), (timer.Ours!.Value.Id, timer.Theirs!.Value.Id, timer.Seconds));
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

        Assert.Equal(0L, await CountAsync());

        async Task<long> CountAsync()
        {
            var count = -1L;
            await _stored.Store.Writer.CallAsync(connection =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = "SELECT count(*) FROM disappearing";
                count = (long)command.ExecuteScalar()!;
            });
            return count;
        }
    }

    private static TimeReading After(TimeSpan time) => new(Start + time, Now.Ran + time, Start + time);
}
