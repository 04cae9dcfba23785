using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Chat;

/// <summary>What a peer can do, for the console, the API and bots. Thread-safe.</summary>
public sealed class PeerNode
{
    /// <summary>What has happened, numbered from 1; the newest few thousand are kept.</summary>
    public EventLog Events { get; } = new();

    public PeerStatus Status => throw new NotImplementedException();

    /// <summary>The directory's list, all pages, by name.</summary>
    /// <exception cref="PeerException">The directory cannot be reached.</exception>
    public Task<IReadOnlyList<PeerView>> ListPeersAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Asks to connect. Returns when the other peer has been found and is being dialled (or its own request has been
    /// accepted by this); the outcome follows as <see cref="PeerEvent.Connected"/> or <see cref="PeerEvent.Disconnected"/>.
    /// </summary>
    /// <exception cref="PeerException">It cannot be asked.</exception>
    public Task ConnectAsync(Username name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <exception cref="PeerException">There is no open request of that peer.</exception>
    public void Accept(Username name) => throw new NotImplementedException();

    /// <exception cref="PeerException">There is no open request of that peer.</exception>
    public void Reject(Username name) => throw new NotImplementedException();

    /// <summary>Ends the connection, or takes back our request.</summary>
    /// <exception cref="PeerException">There is neither.</exception>
    public void Disconnect(Username name) => throw new NotImplementedException();

    /// <summary>Sends a message; its delivery follows as <see cref="PeerEvent.Receipt"/>.</summary>
    /// <param name="idempotencyKey">A second call with the same key and peer returns the first one's message.</param>
    /// <exception cref="PeerException">It cannot be sent.</exception>
    public Message Send(Username name, string text, string? idempotencyKey = null) => throw new NotImplementedException();

    /// <summary>Messages with a peer: the oldest after <paramref name="after"/>, the newest before <paramref name="before"/>, or the newest.</summary>
    /// <exception cref="PeerException">There is no conversation with that peer.</exception>
    public MessagePage Messages(Username name, Guid? after, Guid? before, int limit) => throw new NotImplementedException();

    /// <summary>Requests that wait for an answer.</summary>
    public IReadOnlyList<Username> OpenRequests => throw new NotImplementedException();
}
