using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.DirectoryClient;

public class DirectoryWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // As where the last links of a peer go while it stops: whom it has lost is waited for from then on.
    [Fact]
    public async Task Whoever_is_waited_for_when_the_peer_has_stopped_is_listened_for_no_more()
    {
        using var directory = new SilentDirectory();
        var watch = new DirectoryWatch(
            new DirectoryHttpClient(directory, new PeerOptions()),
            TimeProvider.System,
            NullLogger<DirectoryWatch>.Instance
        );
        var asked = 0;
        IReadOnlyCollection<Username> Names() =>
            ++asked < 1000 ? [Username.Parse("bob")] : throw new InvalidOperationException("It goes on and on.");

        var watching = Task.Run(() => watch.RunAsync(Names, new CancellationToken(canceled: true)));

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.WaitAsync(Patience));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("data: x\n")]
    public async Task Stream_that_is_silent_or_endless_is_opened_again(string text)
    {
        using var directory = new StreamingDirectory(text);
        var clock = new ManualClock();
        var client = new DirectoryHttpClient(directory, new PeerOptions());
        var watch = new DirectoryWatch(client, clock, NullLogger<DirectoryWatch>.Instance);
        using var ending = new CancellationTokenSource();

        var watching = watch.RunAsync(() => [Username.Parse("bob")], ending.Token);
        await Eventually.True(
            () => clock.Waiting.Count > 0 && directory.Bodies.Count == 1,
            Patience,
            "it listens, or waits to listen again"
        );
        clock.Advance(TimeSpan.FromSeconds(45));
        await Eventually.True(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return directory.Bodies.Count > 1;
            },
            Patience,
            "it listens again"
        );

        Assert.All(directory.Bodies, body => Assert.InRange(body.Given, 0, 256 * 1024));
        await ending.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.WaitAsync(Patience));
    }

    /// <summary>Answers each call with a body that repeats a text.</summary>
    private sealed class StreamingDirectory(string text) : HttpMessageHandler, IHttpClientFactory
    {
        public ConcurrentQueue<EndlessBody> Bodies { get; } = [];

        public HttpClient CreateClient(string name) =>
            new(this, disposeHandler: false) { BaseAddress = new Uri("http://directory.invalid") };

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var body = new EndlessBody(text);
            Bodies.Enqueue(body);
            return Task.FromResult(new HttpResponseMessage { Content = new StreamContent(body) });
        }
    }

    /// <summary>Takes a call, and says nothing until it is taken back.</summary>
    private sealed class SilentDirectory : HttpMessageHandler, IHttpClientFactory
    {
        public HttpClient CreateClient(string name) =>
            new(this, disposeHandler: false) { BaseAddress = new Uri("http://directory.invalid") };

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException("It was not taken back.");
        }
    }
}
