using P2PChat.Node.Model;

namespace P2PChat.Node.Identity;

/// <summary>A prekey as it is saved.</summary>
/// <param name="ReplacedAt">When a record with a newer one was published; null until then.</param>
/// <param name="PrivateKey">PKCS #8.</param>
internal sealed record StoredPrekey(ulong Id, DateTimeOffset Created, DateTimeOffset? ReplacedAt, byte[] PrivateKey);

/// <summary>Keeps prekeys across restarts. Thread-safe.</summary>
internal interface IPrekeyStore
{
    /// <summary>Loads the saved prekeys, by id.</summary>
    /// <exception cref="PeerStartException">The prekeys cannot be read.</exception>
    IReadOnlyList<StoredPrekey> Load();

    /// <summary>Replaces the saved prekeys. Nothing on disk holds a removed private key afterwards.</summary>
    /// <exception cref="IOException">
    /// The prekeys cannot be saved, or a removed one may still be on disk. Call it again later.
    /// </exception>
    void Save(IReadOnlyCollection<StoredPrekey> prekeys);

    /// <summary>Makes the exception for a prekey that cannot be used.</summary>
    PeerStartException Damaged(Exception cause);
}
