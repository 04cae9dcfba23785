using System.Buffers.Binary;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Identifies an event of a room: SHA-256 of what its author has signed. A room's id is that of its first event.
/// </summary>
public readonly record struct RoomEventId : IComparable<RoomEventId>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    /// <exception cref="ArgumentException">The id is not 32 bytes long.</exception>
    public RoomEventId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"An event's id must have {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _high = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt128BigEndian(bytes[(Size / 2)..]);
    }

    /// <param name="text">64 hexadecimal digits.</param>
    public static bool TryParse(string text, out RoomEventId id)
    {
        ArgumentNullException.ThrowIfNull(text);
        Span<byte> bytes = stackalloc byte[Size];
        id = default;
        if (
            text.Length != 2 * Size
            || Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done
        )
        {
            return false;
        }

        id = new RoomEventId(bytes);
        return true;
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(Size / 2), _low);
        return bytes;
    }

    /// <summary>Compares byte by byte, the first byte first.</summary>
    public int CompareTo(RoomEventId other) =>
        _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    public override string ToString() => Convert.ToHexStringLower(ToBytes());

    public static bool operator <(RoomEventId left, RoomEventId right) => left.CompareTo(right) < 0;

    public static bool operator >(RoomEventId left, RoomEventId right) => left.CompareTo(right) > 0;

    public static bool operator <=(RoomEventId left, RoomEventId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RoomEventId left, RoomEventId right) => left.CompareTo(right) >= 0;
}
