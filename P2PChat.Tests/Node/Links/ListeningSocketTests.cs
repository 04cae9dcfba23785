using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Tests.Node.Links;

public sealed class ListeningSocketTests
{
    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Accept_ends_when_the_socket_is_closed(string hideAddress)
    {
        var options = new PeerOptions { LocalOnly = true };
        var preferences = new Preferences(null, options);
        using var direct = new DirectAccess(preferences);
        var port = new SharedPort(options, direct, NullLogger<SharedPort>.Instance);
        var socket = new ListeningSocket(port, direct, NullLogger.Instance);
        socket.Open();
        var accepting = socket.AcceptAsync(CancellationToken.None);
        preferences.Choose("hide-address", hideAddress);
        socket.Dispose();

        _ = await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting.WaitAsync(PeerUnderTest.Soon));
    }
}
