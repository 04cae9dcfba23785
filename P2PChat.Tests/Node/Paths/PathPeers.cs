using System.Net;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths;

/// <summary>Peers that cannot be dialled, as behind a NAT.</summary>
internal static class PathPeers
{
    // A port that no peer dials.
    private const string Undialable = "127.0.0.1:1";

    public static Task<PeerUnderTest> StartAsync(
        RestartableDirectory directory,
        string name,
        Action<PeerOptions>? change = null
    ) => StartAsync(directory.Address, name, change);

    /// <param name="directory">The directory's address.</param>
    public static async Task<PeerUnderTest> StartAsync(
        string directory,
        string name,
        Action<PeerOptions>? change = null
    )
    {
        var peer = await PeerUnderTest.StartUnregisteredAsync(directory, name, options =>
        {
            (options.Advertise, options.Stun) = (Undialable, false);
            change?.Invoke(options);
        });
        try
        {
            await Eventually.True(
                () =>
                    peer.Status.Directory == DirectoryState.Registered
                    && peer.Services.GetRequiredService<SignalWatch>().IsOpen,
                PeerUnderTest.Soon,
                "the peer is registered and listens to its signals"
            );
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Makes the listening port a candidate of later path messages. Its record stays as it is, so that it is not
    /// dialled.
    /// </summary>
    public static void OfferPort(this PeerUnderTest peer) =>
        peer
            .Services.GetRequiredService<LocalCandidates>()
            .SetReflexive([new IPEndPoint(IPAddress.Loopback, peer.Listener.Port)]);

    /// <summary>Looks for better paths at once.</summary>
    public static void SearchNow(this PeerUnderTest peer) =>
        peer.Services.GetRequiredService<PathUpgrades>().AddressChanged();

    public static PathKind? PathTo(this PeerUnderTest peer, PeerUnderTest other) => peer.Connections.PathTo(other.Name);

    /// <summary>The outcomes of the latest search, as <c>Kind Outcome</c>.</summary>
    public static IReadOnlyList<string> LastOutcomes(this PeerUnderTest peer, PeerUnderTest other) =>
        [
            .. (peer.Services.GetRequiredService<PathReports>().Find(other.Name)?.Attempts ?? []).Select(attempt =>
                $"{attempt.Kind} {attempt.Outcome}"
            ),
        ];
}
