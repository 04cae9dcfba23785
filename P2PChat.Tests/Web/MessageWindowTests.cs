using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Web;

public sealed class MessageWindowTests
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    private readonly List<Message> _all = [.. Enumerable.Range(1, 1000).Select(NewMessage)];

    [Fact]
    public async Task Window_starts_at_the_newest_messages()
    {
        var window = await OpenAsync();

        Assert.Equal([951, 1000], FirstAndLast(window));
        Assert.True(window.HasOlder);
        Assert.False(window.HasNewer);
    }

    [Fact]
    public async Task Window_moves_without_gaps_and_stays_within_capacity()
    {
        var window = await OpenAsync();

        for (var i = 0; window.HasOlder; i++)
        {
            Assert.True(i < 100);
            await window.LoadOlderAsync();
            AssertConsecutive(window);
        }

        Assert.Equal([1, 200], FirstAndLast(window));
        Assert.True(window.HasNewer);
        for (var i = 0; window.HasNewer; i++)
        {
            Assert.True(i < 100);
            await window.LoadNewerAsync();
            AssertConsecutive(window);
        }

        Assert.Equal([801, 1000], FirstAndLast(window));
    }

    [Fact]
    public async Task Added_message_is_appended_once()
    {
        var window = await OpenAsync();
        var message = NewMessage(1001);

        window.Add(message);
        window.Add(message);

        Assert.Equal([951, 1001], FirstAndLast(window));
        Assert.Equal(51, window.Messages.Count);
    }

    [Fact]
    public async Task CatchUp_appends_messages_sent_from_elsewhere()
    {
        var window = await OpenAsync();
        await window.LoadOlderAsync();
        _all.AddRange([NewMessage(1001), NewMessage(1002)]);

        await window.CatchUpAsync(_all[^1].Id);

        Assert.Equal([901, 1002], FirstAndLast(window));
        AssertConsecutive(window);
    }

    [Fact]
    public async Task CatchUp_inserts_a_message_older_than_the_newest()
    {
        var window = await OpenAsync();
        _all.AddRange([NewMessage(1001), NewMessage(1002)]);
        window.Add(_all[^1]);

        await window.CatchUpAsync(_all[^2].Id);

        Assert.Equal(1002, FirstAndLast(window)[1]);
        AssertConsecutive(window);
    }

    [Fact]
    public async Task Message_added_while_scrolled_up_is_loaded_later()
    {
        var window = await OpenAsync();
        for (var i = 0; i < 4; i++)
        {
            await window.LoadOlderAsync();
        }

        Assert.True(window.HasNewer);
        _all.Add(NewMessage(1001));

        window.Add(_all[^1]);

        AssertConsecutive(window);
        while (window.HasNewer)
        {
            await window.LoadNewerAsync();
        }

        Assert.Equal(1001, window.Messages[^1].Position);
    }

    [Fact]
    public async Task SetState_changes_only_messages_in_the_window()
    {
        var window = await OpenAsync();

        Assert.True(window.SetState(_all[^1].Id, MessageState.Delivered));
        Assert.False(window.SetState(_all[0].Id, MessageState.Delivered));

        Assert.Equal(MessageState.Delivered, window.Messages[^1].State);
    }

    [Fact]
    public async Task Message_of_the_other_side_with_the_same_id_is_another_one()
    {
        var window = await OpenAsync();
        var own = window.Messages[^1];
        var theirs = own with { From = Alice, Position = 0, State = MessageState.Received };

        window.Add(theirs);
        _ = window.SetState(own.Id, MessageState.Read);
        window.Update(theirs with { Text = "changed" });

        Assert.Equal(["1000", "changed"], window.Messages.TakeLast(2).Select(message => message.Text));
        Assert.Equal(
            [MessageState.Read, MessageState.Received],
            window.Messages.TakeLast(2).Select(message => message.State)
        );
        var keys = MessageRow
            .Of([.. window.Messages, theirs], new PageTimeZone(TimeProvider.System))
            .Select(row => row.Key)
            .ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    [Fact]
    public async Task Ids_that_both_sides_have_used_skip_and_repeat_no_message()
    {
        var window = new MessageWindow(ReadAsync);
        Assert.True(await window.LoadAroundAsync(MessageKey.Of(_all[500])));
        // The first message of the window has the id of a much later one, and the last that of a much earlier one.
        _all.Insert(0, window.Messages[^1] with { From = Alice, Position = 0 });
        _all.Add(window.Messages[0] with { From = Alice, Position = 2000 });

        await window.LoadOlderAsync();
        await window.LoadNewerAsync();

        Assert.Equal([426, 600], FirstAndLast(window));
        AssertConsecutive(window);
    }

    [Fact]
    public async Task Deleted_message_leaves_the_other_sides_with_its_id()
    {
        var window = await OpenAsync();
        var own = window.Messages[^1];
        window.Add(own with { From = Alice, Position = 1001 });

        window.Remove(MessageKey.Of(own));

        Assert.Equal([999, 1001], window.Messages.TakeLast(2).Select(message => message.Position));
    }

    [Fact]
    public async Task Message_that_is_deleted_is_gone_where_it_is_quoted()
    {
        var window = await OpenAsync();
        var quoted = window.Messages[^1];
        window.Add(
            NewMessage(1001) with
            {
                ReplyTo = new MessageQuote(quoted.Id, quoted.From, quoted.Text, IsDeleted: false),
            }
        );

        window.Remove(MessageKey.Of(quoted));

        Assert.Equal((null, true), (window.Messages[^1].ReplyTo!.Text, window.Messages[^1].ReplyTo!.IsDeleted));
    }

    [Fact]
    public async Task Read_state_applies_to_earlier_messages()
    {
        var window = await OpenAsync();
        _ = window.SetState(_all[^3].Id, MessageState.Delivered);
        _ = window.SetState(_all[^2].Id, MessageState.Delivered);

        _ = window.SetState(_all[^2].Id, MessageState.Read);

        Assert.Equal(
            [MessageState.Sent, MessageState.Read, MessageState.Read, MessageState.Sent],
            window.Messages.TakeLast(4).Select(message => message.State)
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(1000)]
    public async Task LoadAround_includes_the_message(int position)
    {
        var window = new MessageWindow(ReadAsync);

        Assert.True(await window.LoadAroundAsync(MessageKey.Of(_all[position - 1])));

        AssertConsecutive(window);
        Assert.Contains(window.Messages, message => message.Position == position);
        Assert.Equal(position > 26, window.HasOlder);
        Assert.Equal(position < 950, window.HasNewer);
    }

    [Fact]
    public async Task Empty_conversation_loads_nothing()
    {
        _all.Clear();

        var window = await OpenAsync();
        await window.LoadOlderAsync();
        await window.LoadNewerAsync();

        Assert.Empty(window.Messages);
        Assert.False(window.HasOlder);
    }

    private static Message NewMessage(int position) =>
        new(
            Guid.CreateVersion7(),
            position,
            Bob,
            Alice,
            $"{position}",
            DateTimeOffset.UnixEpoch.AddMinutes(position),
            MessageState.Sent
        );

    private async Task<MessageWindow> OpenAsync()
    {
        var window = new MessageWindow(ReadAsync);
        await window.LoadNewestAsync();
        return window;
    }

    private Task<MessagePage> ReadAsync(MessageKey? after, MessageKey? before, int limit)
    {
        if (after is not null)
        {
            var rest = _all.Skip(_all.FindIndex(message => MessageKey.Of(message) == after) + 1).ToList();
            var page = rest.Take(limit).ToList();
            return Task.FromResult(new MessagePage(page, rest.Count > limit ? page[^1].Id : null));
        }

        var earlier = before is null ? _all : [.. _all.TakeWhile(message => MessageKey.Of(message) != before)];
        var newest = earlier.TakeLast(limit).ToList();
        return Task.FromResult(new MessagePage(newest, earlier.Count > limit ? newest[0].Id : null));
    }

    private static long[] FirstAndLast(MessageWindow window) =>
        [window.Messages[0].Position, window.Messages[^1].Position];

    private static void AssertConsecutive(MessageWindow window)
    {
        Assert.True(window.Messages.Count <= 200);
        for (var i = 1; i < window.Messages.Count; i++)
        {
            Assert.Equal(window.Messages[i - 1].Position + 1, window.Messages[i].Position);
        }
    }
}
