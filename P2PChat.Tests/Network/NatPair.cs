using P2PChat.Client;

namespace P2PChat.Tests.Network;

/// <summary>Two peers, one of which connects to the other, and the path that they must find.</summary>
internal sealed record NatPair(Site Caller, Site Callee, PathKind Expected)
{
    public override string ToString() => $"{Caller} to {Callee}";
}
