using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Web;

public sealed class MessageWindowTests
{
    private static readonly Username Alice = Username.Parse("alice");

    private readonly List<Message> _all = [.. Enumerable.Range(1, 1000).Select(NewMessage)];

    [Fact]
    public async Task It_begins_at_the_newest()
    {
        var window = await OpenAsync();

        Assert.Equal([951, 1000], Ends(window));
        Assert.True(window.HasOlder);
        Assert.False(window.HasNewer);
    }

    [Fact]
    public async Task It_moves_to_the_oldest_and_back_without_a_gap_and_never_grows()
    {
        var window = await OpenAsync();

        for (var i = 0; window.HasOlder; i++)
        {
            Assert.True(i < 100);
            await window.LoadOlderAsync();
            IsWhole(window);
        }

        Assert.Equal([1, 200], Ends(window));
        Assert.True(window.HasNewer);
        for (var i = 0; window.HasNewer; i++)
        {
            Assert.True(i < 100);
            await window.LoadNewerAsync();
            IsWhole(window);
        }

        Assert.Equal([801, 1000], Ends(window));
    }

    [Fact]
    public async Task What_comes_is_shown_at_the_end_once()
    {
        var window = await OpenAsync();
        var message = NewMessage(1001);

        window.Add(message);
        window.Add(message);

        Assert.Equal([951, 1001], Ends(window));
        Assert.Equal(51, window.Messages.Count);
    }

    [Fact]
    public async Task What_was_written_elsewhere_follows_behind_what_is_here()
    {
        var window = await OpenAsync();
        await window.LoadOlderAsync();
        _all.AddRange([NewMessage(1001), NewMessage(1002)]);

        await window.CatchUpAsync(_all[^1].Id);

        Assert.Equal([901, 1002], Ends(window));
        IsWhole(window);
    }

    [Fact]
    public async Task What_was_written_elsewhere_before_what_has_come_here_is_found_too()
    {
        var window = await OpenAsync();
        _all.AddRange([NewMessage(1001), NewMessage(1002)]);
        window.Add(_all[^1]);

        await window.CatchUpAsync(_all[^2].Id);

        Assert.Equal(1002, Ends(window)[1]);
        IsWhole(window);
    }

    [Fact]
    public async Task What_comes_while_one_reads_further_up_waits_below()
    {
        var window = await OpenAsync();
        for (var i = 0; i < 4; i++)
        {
            await window.LoadOlderAsync();
        }

        Assert.True(window.HasNewer);
        _all.Add(NewMessage(1001));

        window.Add(_all[^1]);

        IsWhole(window);
        while (window.HasNewer)
        {
            await window.LoadNewerAsync();
        }

        Assert.Equal(1001, window.Messages[^1].Position);
    }

    [Fact]
    public async Task States_change_where_the_message_is()
    {
        var window = await OpenAsync();

        Assert.True(window.SetState(_all[^1].Id, MessageState.Delivered));
        Assert.False(window.SetState(_all[0].Id, MessageState.Delivered));

        Assert.Equal(MessageState.Delivered, window.Messages[^1].State);
    }

    [Fact]
    public async Task Who_has_read_one_has_read_what_came_before()
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
    public async Task It_opens_around_a_message(int position)
    {
        var window = new MessageWindow(ReadAsync);

        Assert.True(await window.LoadAroundAsync(_all[position - 1].Id));

        IsWhole(window);
        Assert.Contains(window.Messages, message => message.Position == position);
        Assert.Equal(position > 26, window.HasOlder);
        Assert.Equal(position < 950, window.HasNewer);
    }

    [Fact]
    public async Task An_empty_conversation_is_empty()
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
            Alice,
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

    private Task<MessagePage> ReadAsync(Guid? after, Guid? before, int limit)
    {
        if (after is not null)
        {
            var rest = _all.Skip(_all.FindIndex(message => message.Id == after) + 1).ToList();
            var page = rest.Take(limit).ToList();
            return Task.FromResult(new MessagePage(page, rest.Count > limit ? page[^1].Id : null));
        }

        var earlier = before is null ? _all : [.. _all.TakeWhile(message => message.Id != before)];
        var newest = earlier.TakeLast(limit).ToList();
        return Task.FromResult(new MessagePage(newest, earlier.Count > limit ? newest[0].Id : null));
    }

    private static long[] Ends(MessageWindow window) => [window.Messages[0].Position, window.Messages[^1].Position];

    private static void IsWhole(MessageWindow window)
    {
        Assert.True(window.Messages.Count <= 200);
        for (var i = 1; i < window.Messages.Count; i++)
        {
            Assert.Equal(window.Messages[i - 1].Position + 1, window.Messages[i].Position);
        }
    }
}
