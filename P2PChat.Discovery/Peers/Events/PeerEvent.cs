namespace P2PChat.Discovery.Peers.Events;

/// <param name="Number">Grows by one from event to event of a shard.</param>
/// <param name="Kind">One of <see cref="Protocol.DirectoryApi.PeerEventTypes"/>.</param>
/// <param name="Reason">Empty but for <c>left</c>.</param>
/// <param name="Sequence">Of the peer's last record.</param>
/// <param name="Unlisted">Told only to those who asked for this name.</param>
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
/// <param name="Lost">Events after what was asked for are no longer there; <paramref name="Events"/> is empty.</param>
internal readonly record struct EventBatch(long Head, bool Lost, IReadOnlyList<PeerEvent> Events);
