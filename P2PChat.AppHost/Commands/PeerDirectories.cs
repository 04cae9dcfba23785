namespace P2PChat.AppHost.Commands;

/// <summary>The app's peers, for commands that involve several of them.</summary>
internal sealed class PeerDirectories(IReadOnlyList<PeerSettings> peers)
{
    public IEnumerable<string> OthersThan(PeerSettings peer) =>
        peers.Select(other => other.Username).Where(name => name != peer.Username);

    /// <returns>Null for a peer outside the app.</returns>
    public PeerSettings? Find(string username) => peers.FirstOrDefault(peer => peer.Username == username);
}
