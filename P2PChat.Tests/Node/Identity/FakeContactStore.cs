using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Identity;

/// <summary>A store of contacts in memory that can fail or block.</summary>
internal sealed class FakeContactStore : IContactStore
{
    private ulong _ownSequence;

    public Dictionary<Username, StoredContact> Saved { get; } = [];

    /// <summary>Called at the start of each save.</summary>
    public Action Saving { get; set; } = () => { };

    public (ulong OwnSequence, Dictionary<Username, StoredContact> Contacts) Load() => (_ownSequence, new(Saved));

    public void Save(IReadOnlyDictionary<Username, StoredContact?> contacts, ulong? ownSequence)
    {
        Saving();
        _ownSequence = ownSequence ?? _ownSequence;
        foreach (var (name, contact) in contacts)
        {
            if (contact is { } changed)
            {
                Saved[name] = changed;
            }
            else
            {
                _ = Saved.Remove(name);
            }
        }
    }
}
