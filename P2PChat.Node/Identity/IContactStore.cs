using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>Keeps contacts across restarts. Thread-safe.</summary>
internal interface IContactStore
{
    /// <summary>Loads the saved contacts.</summary>
    /// <exception cref="PeerStartException">The saved contacts are damaged or cannot be read.</exception>
    (ulong OwnSequence, Dictionary<Username, StoredContact> Contacts) Load();

    /// <summary>Saves changes, all or none of them.</summary>
    /// <param name="contacts">The changed contacts; null for a removed one.</param>
    /// <param name="ownSequence">The sequence of this peer's last record; null if it has not changed.</param>
    /// <exception cref="IOException">The changes cannot be saved.</exception>
    void Save(IReadOnlyDictionary<Username, StoredContact?> contacts, ulong? ownSequence);
}
