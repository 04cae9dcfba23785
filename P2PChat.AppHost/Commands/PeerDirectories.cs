namespace P2PChat.AppHost.Commands;

/// <summary>The app's own peers, as far as a command of one of them needs to know the others.</summary>
internal sealed class PeerDirectories(IReadOnlyList<PeerSettings> peers)
{
    public IEnumerable<string> OthersThan(PeerSettings peer) =>
        peers.Select(other => other.Username).Where(name => name != peer.Username);

    /// <summary>Null for somebody from outside the app.</summary>
    public PeerSettings? Find(string username) => peers.FirstOrDefault(peer => peer.Username == username);
}
