using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.DirectoryClient;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class LimitedEventStreamTests
{
    private const int Limit = 64;

    private static readonly string LongestLine = "data: " + new string('x', Limit - "data: ".Length);

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Events_at_the_limit_are_read(string lineEnd)
    {
        var body = string.Concat(Enumerable.Repeat(LongestLine + lineEnd + lineEnd, 3));

        Assert.Equal(Enumerable.Repeat(LongestLine["data: ".Length..], 3), await ReadAsync(body));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Line_one_byte_over_the_limit_fails(string lineEnd)
    {
        _ = await Assert.ThrowsAsync<IOException>(() => ReadAsync(LongestLine + "x" + lineEnd + lineEnd));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Limit_holds_for_all_lines_of_an_event_together(string lineEnd)
    {
        var half = "data: " + new string('x', Limit / 2 - "data: ".Length) + lineEnd;

        Assert.Single(await ReadAsync(half + half + lineEnd));
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(half + half + "y" + lineEnd + lineEnd));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Limit_holds_for_lines_split_across_reads(int size)
    {
        Assert.Equal(2, (await ReadAsync($"{LongestLine}\r\n\r\n{LongestLine}\r\n\r\n", size)).Count);
        await Assert.ThrowsAsync<IOException>(() => ReadAsync($"{LongestLine}x\r\n\r\n", size));
    }

    [Fact]
    public async Task Comments_do_not_count_towards_the_event()
    {
        var comment = ":" + new string('c', Limit - 1) + "\n";

        Assert.Single(await ReadAsync(comment + comment + LongestLine + "\n" + comment + "\n"));
        await Assert.ThrowsAsync<IOException>(() => ReadAsync("x" + comment));
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(":" + comment));
    }

    [Fact]
    public async Task Events_before_one_that_is_too_large_are_read()
    {
        await using var body = Split($"data: 1\n\ndata: 2\n\n{LongestLine}x\n\n", int.MaxValue);
        await using var events = SseParser.Create(body).EnumerateAsync().GetAsyncEnumerator();

        Assert.True(await events.MoveNextAsync());
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("2", events.Current.Data);
        await Assert.ThrowsAsync<IOException>(() => events.MoveNextAsync().AsTask());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("data: x\n")]
    [InlineData("data\r\n")]
    public async Task Endless_event_fails_within_bounded_memory(string text)
    {
        await using var endless = new EndlessBody(text);
        await using var limited = new LimitedEventStream(endless, 1024, TimeProvider.System);

        await Assert.ThrowsAsync<IOException>(() => ReadAllAsync(limited));

        Assert.InRange(endless.Given, 1024, 4 * 1024);
    }

    [Fact]
    public async Task Last_line_without_an_end_is_passed_on()
    {
        await using var body = Split("data: 1\n\ndata: 2", 3);
        using var reader = new StreamReader(body);

        Assert.Equal("data: 1\n\ndata: 2", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Body_that_falls_silent_fails_after_45_seconds()
    {
        var clock = new FakeTimeProvider();
        var body = new Pipe();
        await using var limited = new LimitedEventStream(body.Reader.AsStream(), Limit, clock);
        await using var events = SseParser.Create(limited).EnumerateAsync().GetAsyncEnumerator();

        var first = events.MoveNextAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(44));
        await body.Writer.WriteAsync("data: 1\n\n"u8.ToArray());
        Assert.True(await first);
        var second = events.MoveNextAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(44));
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        _ = await Assert.ThrowsAsync<IOException>(() => second);
    }

    [Fact]
    public async Task Cancelled_read_is_not_treated_as_silence()
    {
        using var cancellation = new CancellationTokenSource();
        await using var limited = new LimitedEventStream(new Pipe().Reader.AsStream(), Limit, TimeProvider.System);

        var reading = limited.ReadAsync(new byte[1], cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static Task<List<string>> ReadAsync(string body, int size = int.MaxValue) =>
        ReadAllAsync(Split(body, size));

    private static async Task<List<string>> ReadAllAsync(LimitedEventStream body)
    {
        var events = new List<string>();
        await foreach (var item in SseParser.Create(body).EnumerateAsync())
        {
            events.Add(item.Data);
        }

        return events;
    }

    private static LimitedEventStream Split(string body, int size) =>
        new(new SplitBody(Encoding.ASCII.GetBytes(body), size), Limit, TimeProvider.System);

    /// <summary>Returns at most <c>size</c> bytes per read.</summary>
    private sealed class SplitBody(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
