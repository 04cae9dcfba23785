using P2PChat.Discovery.Hosting;
using P2PChat.Peer.Hosting;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>The built programs, as commands that run on a machine of the lab.</summary>
internal static class LabPrograms
{
    public static string Directory { get; } = typeof(DiscoveryApp).Assembly.Location;

    public static string Peer { get; } = typeof(PeerApp).Assembly.Location;

    public static IReadOnlyList<string> Command(LabMachine machine, string assembly, params string[] arguments) =>
        ["ip", "netns", "exec", machine.Namespace, DotnetHost.Program, "exec", assembly, .. arguments];
}
