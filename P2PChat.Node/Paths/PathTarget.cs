using System.Net;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Paths;

/// <summary>A peer to which a path is looked for.</summary>
/// <param name="Endpoints">Of its record, or of its path request.</param>
/// <param name="Observed">The address from which the directory saw its registration; null if not known.</param>
/// <param name="IsContact">Whether it is a contact, or the inviter of a link that is being used.</param>
internal sealed record PathTarget(
    Username Name,
    PeerId Key,
    IReadOnlyList<Endpoint> Endpoints,
    IPAddress? Observed,
    bool IsContact
)
{
    public static PathTarget Of(FoundPeer found, bool isContact) =>
        new(found.Name, found.PeerId, found.Endpoints, found.ObservedAddress, isContact);
}

/// <summary>An authenticated channel to a peer.</summary>
/// <param name="StartedAt">When the first byte of TLS went over the wire.</param>
/// <param name="Remote">The other side's address, if the channel is a socket to it.</param>
internal sealed record PathChannel(TlsChannel Channel, DateTimeOffset StartedAt, IPEndPoint? Remote = null);

/// <summary>A path that is to carry the conversation.</summary>
/// <param name="IsTakeover">Whether it replaces a relayed path of the same search.</param>
internal sealed record FoundPath(PathChannel Channel, PathKind Kind, bool IsTakeover)
{
    /// <inheritdoc cref="CalleeRun.HasMetSearch"/>
    public bool HasMetSearch { get; init; }
}

/// <summary>An attempt has failed.</summary>
internal sealed class PathAttemptException(PathOutcome outcome, Exception? cause = null)
    : Exception($"The attempt failed: {outcome}.", cause)
{
    public PathOutcome Outcome { get; } = outcome;
}
