namespace P2PChat.Discovery.Storage;

/// <summary>A change of a peer, as listeners see it.</summary>
/// <param name="Number">Increases by one from event to event of a shard.</param>
/// <param name="Kind">One of <see cref="Protocol.DirectoryApi.PeerEventTypes"/>.</param>
/// <param name="Reason">Empty except for <c>left</c>.</param>
/// <param name="Sequence">Sequence of the peer's last record.</param>
/// <param name="Unlisted">Whether only listeners that named the peer receive the event.</param>
internal sealed record PeerEvent(
    int Shard,
    long Number,
    string Kind,
    string Username,
    string PeerId,
    string Reason,
    long Sequence,
    bool Unlisted
);

/// <param name="Head">Number of the shard's newest event.</param>
/// <param name="Lost">
/// Whether requested events are no longer available. <paramref name="Events"/> is then empty.
/// </param>
internal readonly record struct EventBatch(long Head, bool Lost, IReadOnlyList<PeerEvent> Events);
