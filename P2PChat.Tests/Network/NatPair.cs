using P2PChat.Client;

namespace P2PChat.Tests.Network;

/// <summary>Two peers, one of which connects to the other, and the path that they must find.</summary>
internal sealed record NatPair(Site Caller, Site Callee, PathKind Expected)
{
    public override string ToString() => $"{Caller} to {Callee}";
}

/// <summary>The expected path of each pair: stated here, before anything is measured.</summary>
internal static class NatPairs
{
    // D: direct, P: punched, R: relayed. The callee's router decides about D: a full cone admits everyone. Where the
    // caller can be reached (public, full cone) the callee's own connect counts as punched. A symmetric router hides
    // its port, so the other side must admit any port of its address. IPv4 and IPv6 have only the relay in common.
    private const string Table = """
        caller            | Public FullCone AddressRestricted PortRestricted Symmetric DoubleNat HttpsOnly OpenIpv6 FirewalledIpv6
        Public            | D      D        P                 P              P         P         R         R        R
        FullCone          | D      D        P                 P              P         P         R         R        R
        AddressRestricted | D      D        P                 P              P         P         R         R        R
        PortRestricted    | D      D        P                 P              R         P         R         R        R
        Symmetric         | D      D        P                 R              R         R         R         R        R
        DoubleNat         | D      D        P                 P              R         P         R         R        R
        HttpsOnly         | R      R        R                 R              R         R         R         R        R
        OpenIpv6          | R      R        R                 R              R         R         R         D        P
        FirewalledIpv6    | R      R        R                 R              R         R         R         D        P
        """;

    public static IReadOnlyList<NatPair> All { get; } = [.. Parse()];

    /// <summary>One pair for each kind of difficulty, for the run that every change must pass.</summary>
    public static IReadOnlyList<NatPair> Ten { get; } =
    [
        .. new (Site, Site)[]
        {
            (Site.Public, Site.Public),
            (Site.Symmetric, Site.FullCone),
            (Site.FullCone, Site.Symmetric),
            (Site.AddressRestricted, Site.PortRestricted),
            (Site.PortRestricted, Site.DoubleNat),
            (Site.DoubleNat, Site.AddressRestricted),
            (Site.PortRestricted, Site.Symmetric),
            (Site.FirewalledIpv6, Site.FirewalledIpv6),
            (Site.HttpsOnly, Site.PortRestricted),
            (Site.Public, Site.OpenIpv6),
        }.Select(pair => All.Single(each => (each.Caller, each.Callee) == pair)),
    ];

    private static IEnumerable<NatPair> Parse()
    {
        var lines = Table.Split('\n').Select(line => line.Split('|').Select(Words).ToArray()).ToArray();
        var callees = lines[0][1];
        return from line in lines.Skip(1)
            from cell in callees.Zip(line[1])
            select Pair(line[0][0], cell.First, cell.Second);
    }

    private static NatPair Pair(string caller, string callee, string expected) =>
        new(
            Enum.Parse<Site>(caller),
            Enum.Parse<Site>(callee),
            expected switch
            {
                "D" => PathKind.Direct,
                "P" => PathKind.Punched,
                "R" => PathKind.Relayed,
                _ => throw new FormatException($"'{expected}' is not a path."),
            }
        );

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
