namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Running checksum of an epoch's items (docs/protocol.md, section 7): 64-bit FNV-1a over 16 bytes per sequence, which
/// are the message's id, or zeros for a Skip. Detects that two copies of a peer used the same sequences for different
/// messages.
/// </summary>
public static class ItemChecksum
{
    /// <summary>Sent by older versions. Matches any checksum.</summary>
    public const ulong Unknown = 0;

    /// <summary>Before the first sequence of an epoch: the FNV-1a offset basis.</summary>
    public const ulong Start = 0xcbf29ce484222325;

    private const ulong Prime = 0x100000001b3;

    /// <summary>The checksum after one more item. Unknown stays unknown.</summary>
    /// <param name="id">The message's id; <see cref="Guid.Empty"/> for a Skip.</param>
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
