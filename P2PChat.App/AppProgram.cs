using P2PChat.Discovery.Hosting;
using P2PChat.Peer.Hosting;

namespace P2PChat.App;

/// <summary>The program <c>p2pchat</c>: a peer, a directory, or both.</summary>
internal static class AppProgram
{
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] arguments) =>
        arguments switch
        {
            ["directory", .. var rest] => DirectoryMain.RunAsync(rest),
            ["peer", .. var rest] => PeerMain.RunAsync(rest),
            _ => PeerMain.RunAsync(arguments),
        };
}
