using System.Globalization;
using System.Net;
using P2PChat.Node.Model;

namespace P2PChat.Node.Services.Doctor;

/// <summary>
/// Changes to a router or firewall that would lead to a direct path. One side is enough. Applied under the same
/// conditions as <see cref="PairRules"/>.
/// </summary>
internal static class RouterAdvice
{
    public static IReadOnlyList<Rule<PairView>> All { get; } =
    [
        new(
            FindingCode.FixedPort,
            FindingLevel.Advice,
            pair => !pair.Facts.Local.HasFixedPort && (CanOpenFirewall(pair) || CanForward(pair)),
            _ => "This peer's port changes at each start, so a router or firewall rule for it would not last.",
            _ => "Start this peer with a fixed port first."
        ),
        new(FindingCode.OpenFirewall, FindingLevel.Advice, CanOpenFirewall, pair =>
            $"Allow incoming connections to {Port(pair)} in the firewall of this machine, and of this network "
            + $"if it has one. {pair.Name} can then connect to you{Unless(pair)}."
        ),
        new(
            FindingCode.ForwardPort,
            FindingLevel.Advice,
            CanForward,
            pair =>
                $"Forward {Port(pair)} on your router to {pair.Facts.Tcp!.Local!.Address}. {pair.Name} can then "
                + $"connect to you directly{Unless(pair)}. This helps only if {pair.Facts.Tcp.Public!.Address} is your "
                + "router's own address, not that of another router in front of it or of your provider.",
            Advertise
        ),
        new(FindingCode.OpenThere, FindingLevel.Advice, CanOpenThere, pair =>
            (CanOpenFirewall(pair) || CanForward(pair) ? "Or ask" : "Ask")
            + $" {pair.Name} to forward {TheirPort(pair)} on their router, or to allow it in their firewall."
            + (CanOpenFirewall(pair) || CanForward(pair) ? " One side is enough." : "")
        ),
    ];

    private static bool CanOpenFirewall(PairView pair) => pair is { CanBeReached: true, Mapping: NatMapping.None };

    private static bool CanForward(PairView pair) =>
        pair is { CanBeReached: true, Facts: { IsPublicKnown: true, Tcp: { IsIPv6: false, Local: not null } tcp } }
        && tcp.Mapping != NatMapping.None;

    private static bool CanOpenThere(PairView pair) =>
        pair is { IsHidden: false, IsWebOnly: false }
        && (pair.IsRefused || pair.IsSilent || pair is { IsOnlyPrivate: true, IsOnlyTheirMachine: false });

    private static string Port(PairView pair) =>
        pair.Facts.Local.HasFixedPort
            ? string.Create(CultureInfo.InvariantCulture, $"TCP port {pair.Facts.Local.Port}")
            : "that TCP port";

    // Nothing on this side tells what the other side's network lets out.
    private static string Unless(PairView pair) => $", unless {pair.Name}'s own network forbids it";

    // A router that keeps the port publishes the right address by itself.
    private static string? Advertise(PairView pair) =>
        !pair.Facts.Local.HasFixedPort ? "Let this peer advertise your public address with that port."
        : pair.Facts.Tcp!.Public!.Port == pair.Facts.Local.Port && !MachineRules.IsSymmetric(pair.Facts) ? null
        : $"Let this peer advertise {new IPEndPoint(pair.Facts.Tcp.Public.Address, pair.Facts.Local.Port)}.";

    private static string TheirPort(PairView pair) =>
        pair.TheirPort is { } port
            ? string.Create(CultureInfo.InvariantCulture, $"TCP port {port}")
            : "the TCP port of their peer";
}
