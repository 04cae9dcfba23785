using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class DirectoryWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // A peer that stops loses its links, so it still has wanted names at the end.
    [Fact]
    public async Task Run_ends_at_once_if_already_cancelled()
    {
        using var directory = new SilentDirectory();
        var watch = new DirectoryWatch(
            TestDirectoryClient.Create(directory),
            TimeProvider.System,
            NullLogger<DirectoryWatch>.Instance
        );
        var asked = 0;
        IReadOnlyCollection<Username> Names() =>
            ++asked < 1000 ? [Username.Parse("bob")] : throw new InvalidOperationException("The loop does not end.");

        var watching = Task.Run(() => watch.RunAsync(Names, new CancellationToken(canceled: true)));

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.WaitAsync(Patience));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("data: x\n")]
    public async Task Silent_or_endless_stream_is_reopened(string text)
    {
        using var directory = new StreamingDirectory(text);
        var clock = new ManualClock();
        var client = TestDirectoryClient.Create(directory);
        var watch = new DirectoryWatch(client, clock, NullLogger<DirectoryWatch>.Instance);
        using var cancellation = new CancellationTokenSource();

        var watching = watch.RunAsync(() => [Username.Parse("bob")], cancellation.Token);
        await Eventually.True(
            () => clock.Waiting.Count > 0 && directory.Bodies.Count == 1,
            Patience,
            "the watch listens, or waits to listen again"
        );
        clock.Advance(TimeSpan.FromSeconds(45));
        await Eventually.True(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return directory.Bodies.Count > 1;
            },
            Patience,
            "the watch listens again"
        );

        Assert.All(directory.Bodies, body => Assert.InRange(body.Given, 0, 256 * 1024));
        await cancellation.CancelAsync();
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

    /// <summary>Does not answer until the call is cancelled.</summary>
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
            throw new InvalidOperationException("The call was not cancelled.");
        }
    }
}
