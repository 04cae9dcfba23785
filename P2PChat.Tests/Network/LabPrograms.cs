using P2PChat.Discovery.Hosting;
using P2PChat.Peer.Hosting;

namespace P2PChat.Tests.Network;

/// <summary>The built programs, as commands that run on a machine of the lab.</summary>
internal static class LabPrograms
{
    public static string Directory { get; } = typeof(DiscoveryApp).Assembly.Location;

    public static string Peer { get; } = typeof(PeerApp).Assembly.Location;

    public static IReadOnlyList<string> Command(LabMachine machine, string assembly, params string[] arguments) =>
        ["ip", "netns", "exec", machine.Namespace, Environment.ProcessPath!, "exec", assembly, .. arguments];
}
