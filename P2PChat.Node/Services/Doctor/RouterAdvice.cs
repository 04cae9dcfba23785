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
            FindingCode.OpenFirewall,
            FindingLevel.Advice,
            CanOpenFirewall,
            pair =>
                $"Allow incoming TCP connections to port {Port(pair)} in the firewall of this machine, and of this "
                + $"network if it has one. {pair.Name} can then connect to you at {Public(pair)}{Unless(pair)}.",
            FixedPort
        ),
        new(
            FindingCode.ForwardPort,
            FindingLevel.Advice,
            CanForward,
            pair =>
                $"Forward TCP port {Port(pair)} on your router to {pair.Facts.Tcp!.Local!.Address}. {pair.Name} can "
                + $"then connect to you directly{Unless(pair)}. This helps only if {pair.Facts.Tcp.Public!.Address} is "
                + "your router's own address, not that of another router in front of it or of your provider.",
            pair => $"{FixedPort(pair)} Let this peer advertise {Public(pair)}.".TrimStart()
        ),
        new(FindingCode.OpenThere, FindingLevel.Advice, CanOpenThere, pair =>
            CanOpenFirewall(pair) || CanForward(pair)
                ? $"Or ask {pair.Name} to forward {TheirPort(pair)} to their computer, or to allow it in its firewall. "
                    + "One side is enough."
                : $"Ask {pair.Name} to forward {TheirPort(pair)} to their computer, or to allow it in its firewall."
        ),
    ];

    private static bool CanOpenFirewall(PairView pair) => pair is { CanBeReached: true, Mapping: NatMapping.None };

    private static bool CanForward(PairView pair) =>
        pair is { CanBeReached: true, Facts: { IsPublicKnown: true, Tcp: { IsIPv6: false, Local: not null } tcp } }
        && tcp.Mapping != NatMapping.None;

    private static bool CanOpenThere(PairView pair) =>
        pair is { IsHidden: false, IsWebOnly: false }
        && (pair.Has(PathOutcome.Refused) || pair.Has(PathOutcome.TimedOut) || pair.IsOnlyPrivate);

    private static string Port(PairView pair) => pair.Facts.Local.Port.ToString(CultureInfo.InvariantCulture);

    private static string Public(PairView pair) =>
        new IPEndPoint(pair.Facts.Tcp!.Public!.Address, pair.Facts.Local.Port).ToString();

    // Nothing on this side tells what the other side's network lets out.
    private static string Unless(PairView pair) => $", unless {pair.Name}'s own network forbids it";

    private static string? FixedPort(PairView pair) =>
        pair.Facts.Local.HasFixedPort
            ? null
            : "Start this peer with a fixed port first, because its port changes at each start.";

    private static string TheirPort(PairView pair) =>
        pair.TheirPort is { } port
            ? string.Create(CultureInfo.InvariantCulture, $"TCP port {port}")
            : "the TCP port of their peer";
}
