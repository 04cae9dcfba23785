namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// The running checksum of what an epoch has held (docs/protocol.md, section 7): FNV-1a, 64 bits, over 16 bytes for each
/// sequence, which are a message's id, or zeros for a Skip. Two lives of one peer that have used the same numbers for
/// different messages have different checksums.
/// </summary>
public static class ItemChecksum
{
    /// <summary>Not known: nothing is compared.</summary>
    public const ulong Unknown = 0;

    /// <summary>Before the first sequence of an epoch: the offset basis of FNV-1a.</summary>
    public const ulong Start = 0xcbf29ce484222325;

    private const ulong Prime = 0x100000001b3;

    /// <summary>The checksum behind one more item; unknown stays unknown.</summary>
    /// <param name="id">The message's; <see cref="Guid.Empty"/> for a Skip.</param>
    public static ulong Append(ulong checksum, Guid id)
    {
        if (checksum == Unknown)
        {
            return Unknown;
        }

        Span<byte> bytes = stackalloc byte[16];
        _ = id.TryWriteBytes(bytes, bigEndian: true, out _);
        foreach (var one in bytes)
        {
            checksum = unchecked((checksum ^ one) * Prime);
        }

        return checksum;
    }
}
