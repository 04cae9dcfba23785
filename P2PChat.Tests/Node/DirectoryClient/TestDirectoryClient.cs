using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.DirectoryClient;

internal static class TestDirectoryClient
{
    /// <summary>Creates a client without a join token, of a peer that is not registered.</summary>
    public static DirectoryHttpClient Create(IHttpClientFactory directory)
    {
        var options = new PeerOptions();
        return new(
            directory,
            options,
            new DirectoryAccess(options, new DirectoryRegistration(new EventLog()), TimeProvider.System)
        );
    }
}
