using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Identity;

/// <summary>
/// The sequence of this peer's last record, and of the newest record that it has seen of each name that is not a
/// contact. Not thread-safe.
/// </summary>
internal sealed class RecordSequences
{
    // Enough for a large directory, bounded for a hostile one.
    private const int MaxStrangers = 10_000;

    private readonly Dictionary<Username, ulong> _strangers = [];

    /// <summary>The sequence of this peer's last record.</summary>
    public ulong Own { get; set; }

    /// <summary>Remembers the sequence of a record of a name that is not a contact.</summary>
    /// <returns>False if a newer record of that name has been seen.</returns>
    public bool Note(Username stranger, ulong sequence, DateTimeOffset now)
    {
        if (_strangers.TryGetValue(stranger, out var seen) && sequence < seen && SignedRecord.IsBinding(seen, now))
        {
            return false;
        }

        if (_strangers.Count >= MaxStrangers)
        {
            _strangers.Clear();
        }

        Set(stranger, sequence);
        return true;
    }

    public void Set(Username stranger, ulong sequence) => _strangers[stranger] = sequence;

    /// <summary>Removes a name that becomes a contact.</summary>
    /// <returns>The sequence of its newest record; 0 if none was seen.</returns>
    public ulong Remove(Username stranger) => _strangers.Remove(stranger, out var sequence) ? sequence : 0;

    /// <inheritdoc cref="Contacts.NextOwnSequence"/>
    public ulong NextOwn(DateTimeOffset now, ulong above)
    {
        if (above > (ulong)(now + 2 * SignedRecord.ClockSkew).ToUnixTimeMilliseconds())
        {
            above = 0;
        }

        if (Own >= SignedRecord.LatestSequence(now))
        {
            Own = 0;
        }

        Own = Math.Max(Math.Max(Own, above) + 1, (ulong)now.ToUnixTimeMilliseconds());
        return Own;
    }
}
