using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Peer;
using P2PChat.Peer.Discovery;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Discovery;

public class DirectoryWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // As where the last links of a peer go while it stops: whom it has lost is waited for from then on.
    [Fact]
    public async Task Whoever_is_waited_for_when_the_peer_has_stopped_is_listened_for_no_more()
    {
        using var directory = new SilentDirectory();
        var watch = new DirectoryWatch(new DirectoryClient(directory, new PeerOptions()), TimeProvider.System, NullLogger<DirectoryWatch>.Instance);
        var asked = 0;
        IReadOnlyCollection<Username> Names() =>
            ++asked < 1000 ? [Username.Parse("bob")] : throw new InvalidOperationException("It goes on and on.");

        var watching = Task.Run(() => watch.RunAsync(Names, new CancellationToken(canceled: true)));

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.WaitAsync(Patience));
    }

    /// <summary>Takes a call, and says nothing until it is taken back.</summary>
    private sealed class SilentDirectory : HttpMessageHandler, IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => new(this, disposeHandler: false) { BaseAddress = new Uri("http://directory.invalid") };

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException("It was not taken back.");
        }
    }
}
