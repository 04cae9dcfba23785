using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Node.Paths;

/// <summary>The services that every search for a path uses.</summary>
internal sealed record PathParts(
    PathDialer Dialer,
    Puncher Puncher,
    PathSessionClient Sessions,
    LocalCandidates Candidates,
    SteadyClock Clock
);
