using P2PChat.Client;

namespace P2PChat.Tests.Network;

/// <summary>Two peers, one of which connects to the other, and the path that they must find.</summary>
internal sealed record NatPair(Site Caller, Site Callee, PathKind Expected)
{
    /// <summary>Whether a line between the two loses packets, among them single SYNs.</summary>
    public bool IsLossy => Caller == Site.PoorLine || Callee == Site.PoorLine;

    /// <summary>The beginning of the expected summary of the caller's doctor, after the callee's name.</summary>
    public string Answer =>
        Expected switch
        {
            PathKind.Direct when IsLossy => " can be reached directly",
            PathKind.Direct => " can be reached directly.",
            // The callee has connected to the caller for the punched path, so its router now admits the caller.
            PathKind.Punched when Callee == Site.AddressRestricted => " can be reached directly.",
            PathKind.Punched => " can be reached directly if both sides connect at the same time (punched).",
            _ => " can be reached, but only through the directory's relay.",
        };

    /// <summary>
    /// The code of a finding with which the doctor must explain a relayed path; null where several fit.
    /// </summary>
    public string? Reason =>
        this switch
        {
            { Expected: not PathKind.Relayed } => null,
            { Caller: Site.Hidden } => "address-hidden",
            { Callee: Site.Hidden } => "hidden-there",
            // The callee learns no public address, so the caller sees only a private one, of either family.
            { Callee: Site.HttpsOnly } => Caller == Site.HttpsOnly ? "stun-blocked" : null,
            _ when IsIpv6(Caller) != IsIpv6(Callee) => "no-common-family",
            { Caller: Site.HttpsOnly } => "web-only",
            { Caller: Site.Symmetric } => "punch-symmetric-here",
            { Callee: Site.Symmetric } => "punch-blocked-there",
            _ => null,
        };

    /// <summary>
    /// Whether a path is the expected one, or as good. After a lost SYN the two open it together, or, once the callee's
    /// router has let the callee's SYN out, a dial gets through.
    /// </summary>
    public bool IsExpected(PathKind? path) =>
        path == Expected
        || (
            IsLossy
            && (Expected, path, Callee)
                is
                    (PathKind.Direct, PathKind.Punched, _)
                    or
                    (PathKind.Punched, PathKind.Direct, Site.AddressRestricted)
        );

    public override string ToString() => $"{Caller} to {Callee}";

    private static bool IsIpv6(Site site) => site is Site.OpenIpv6 or Site.FirewalledIpv6;
}
