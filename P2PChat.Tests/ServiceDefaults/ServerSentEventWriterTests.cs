using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using P2PChat.ServiceDefaults.ServerSentEvents;

namespace P2PChat.Tests.ServiceDefaults;

/// <summary>Pins the bytes of an event stream, which bots rely on.</summary>
public sealed class ServerSentEventWriterTests
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly Pipe _sent = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly DefaultHttpContext _context = new();
    private readonly ServerSentEventWriter _events;

    public ServerSentEventWriterTests()
    {
        _context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(_sent.Writer.AsStream()));
        _events = ServerSentEventWriter.Begin(_context.Response, Heartbeat, _clock);
    }

    [Fact]
    public void Begin_sets_the_headers()
    {
        Assert.Equal("text/event-stream", _context.Response.ContentType);
        Assert.Equal("no-store", _context.Response.Headers.CacheControl);
        Assert.Equal("no", _context.Response.Headers["X-Accel-Buffering"]);
    }

    [Fact]
    public async Task Each_block_follows_the_standard()
    {
        _events.WriteId("7");
        _events.WriteEvent("joined", "8", """{"username":"alice"}"""u8);
        _events.WriteEvent("mail", null, "{}"u8);
        _events.WriteId(null);

        Assert.Equal(
            "retry: 2000\nid: 7\n\nevent: joined\nid: 8\ndata: {\"username\":\"alice\"}\n\nevent: mail\ndata: {}\n\n\n",
            await SentAsync()
        );
    }

    [Fact]
    public async Task Parser_reads_what_was_written()
    {
        _events.WriteId("7");
        _events.WriteEvent("joined", "8", """{"username":"älice"}"""u8);
        await _events.FlushAsync(default);
        await _sent.Writer.CompleteAsync();
        var parser = SseParser.Create(_sent.Reader.AsStream());

        var item = Assert.Single(await parser.EnumerateAsync().ToListAsync());

        Assert.Equal(("joined", "8", """{"username":"älice"}"""), (item.EventType, item.EventId, item.Data));
        Assert.Equal(TimeSpan.FromSeconds(2), parser.ReconnectionInterval);
    }

    [Theory]
    [InlineData("{\n}")]
    [InlineData("{\r}")]
    public async Task Data_with_a_line_break_is_refused(string data)
    {
        Assert.Throws<ArgumentException>(() => _events.WriteEvent("joined", "8", Encoding.UTF8.GetBytes(data)));

        Assert.Equal("retry: 2000\n", await SentAsync());
    }

    [Theory]
    [InlineData("9", ": still here\nid: 9\n\n")]
    [InlineData(null, ": still here\n\n")]
    public async Task Idle_stream_sends_heartbeats(string? id, string heartbeat)
    {
        var news = Channel.CreateUnbounded<int>();
        await SentAsync();

        var waiting = _events.WaitToReadAsync(news.Reader, () => new(id), default);
        for (var i = 0; i < 2; i++)
        {
            _clock.Advance(Heartbeat - TimeSpan.FromTicks(1));
            Assert.False(_sent.Reader.TryRead(out _));
            _clock.Advance(TimeSpan.FromTicks(1));
            Assert.Equal(heartbeat, await ReadAsync());
        }

        Assert.False(waiting.IsCompleted);
        news.Writer.TryWrite(1);
        Assert.True(await waiting.WaitAsync(Soon));
    }

    [Fact]
    public async Task Wait_ends_with_its_channel()
    {
        var news = Channel.CreateUnbounded<int>();
        var waiting = _events.WaitToReadAsync(news.Reader, static () => default, default);

        news.Writer.Complete();

        Assert.False(await waiting.WaitAsync(Soon));
    }

    [Fact]
    public async Task Failure_before_a_heartbeat_ends_the_wait()
    {
        var news = Channel.CreateUnbounded<int>();
        var waiting = _events.WaitToReadAsync(
            news.Reader,
            () => throw new InvalidOperationException("The lease is gone."),
            default
        );

        _clock.Advance(Heartbeat);

        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.WaitAsync(Soon));
    }

    private async Task<string> SentAsync()
    {
        await _events.FlushAsync(default);
        return await ReadAsync();
    }

    private async Task<string> ReadAsync()
    {
        var read = await _sent.Reader.ReadAsync().AsTask().WaitAsync(Soon);
        var text = Encoding.UTF8.GetString(read.Buffer);
        _sent.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }
}
