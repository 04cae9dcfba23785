using P2PChat.Client;

namespace P2PChat.Tests.Network;

/// <summary>The expected path of each pair, stated before anything is measured.</summary>
internal static class NatPairs
{
    // D: direct, P: punched, R: relayed. Rows are callers, columns are callees, both in the order of Site.
    // A public callee or one behind a full cone can be dialled by everyone. A caller that can be dialled is dialled by
    // the callee, which counts as punched. A symmetric router hides its port, so the other side must admit every port
    // of its address. IPv4 and IPv6 have only the relay in common. A poor line may lose the SYN of a direct dial, so it
    // has time for three searches, and punched counts as direct there. To an address-restricted callee, direct counts
    // as punched there.
    private const string Table = """
                             pub  full addr port sym  dbl  poor 443  6    6wall
        Public               D    D    P    P    P    P    P    R    R    R
        FullCone             D    D    P    P    P    P    P    R    R    R
        AddressRestricted    D    D    P    P    P    P    P    R    R    R
        PortRestricted       D    D    P    P    R    P    P    R    R    R
        Symmetric            D    D    P    R    R    R    R    R    R    R
        DoubleNat            D    D    P    P    R    P    P    R    R    R
        PoorLine             D    D    P    P    R    P    P    R    R    R
        HttpsOnly            R    R    R    R    R    R    R    R    R    R
        OpenIpv6             R    R    R    R    R    R    R    R    D    P
        FirewalledIpv6       R    R    R    R    R    R    R    R    D    P
        """;

    public static IReadOnlyList<NatPair> All { get; } =
    [
        .. Parse(),
        new(Site.SameNetwork, Site.SameNetwork, PathKind.Direct),
        // The provider's router does not send back what is addressed to itself.
        new(Site.SameProvider, Site.SameProvider, PathKind.Relayed),
        new(Site.Hidden, Site.Public, PathKind.Relayed),
        new(Site.PortRestricted, Site.Hidden, PathKind.Relayed),
    ];

    /// <summary>One pair for each kind of difficulty: the run that every change must pass.</summary>
    public static IReadOnlyList<NatPair> Ten { get; } =
    [
        .. new (Site Caller, Site Callee)[]
        {
            (Site.Public, Site.Public),
            (Site.SameNetwork, Site.SameNetwork),
            (Site.Symmetric, Site.FullCone),
            (Site.AddressRestricted, Site.Symmetric),
            (Site.PortRestricted, Site.PortRestricted),
            (Site.DoubleNat, Site.PoorLine),
            (Site.FirewalledIpv6, Site.FirewalledIpv6),
            (Site.Symmetric, Site.PortRestricted),
            (Site.HttpsOnly, Site.Public),
            (Site.PortRestricted, Site.Hidden),
        }.Select(pair => All.Single(each => (each.Caller, each.Callee) == pair)),
    ];

    /// <summary>Returns the pairs with these names, such as <c>Symmetric-FullCone</c>; all for "all".</summary>
    public static IReadOnlyList<NatPair> Named(string names) =>
        names == "all"
            ? All
            : [.. names.Split(',').Select(name => All.Single(pair => $"{pair.Caller}-{pair.Callee}" == name))];

    private static IEnumerable<NatPair> Parse() =>
        from row in Table.Split('\n').Skip(1)
        let words = row.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        from cell in words.Skip(1).Select((path, column) => (Path: PathOf(path), Callee: (Site)column))
        select new NatPair(Enum.Parse<Site>(words[0]), cell.Callee, cell.Path);

    private static PathKind PathOf(string letter) =>
        letter switch
        {
            "D" => PathKind.Direct,
            "P" => PathKind.Punched,
            "R" => PathKind.Relayed,
            _ => throw new FormatException($"'{letter}' is not a path."),
        };
}
