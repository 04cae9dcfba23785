namespace P2PChat.Protocol.Wire;

/// <summary>
/// Protobuf's variable-length integers: seven bits per byte, lowest first, with the high bit set on all but the last.
/// </summary>
public static class Varint
{
    /// <summary>Maximum size of a 64-bit value, in bytes.</summary>
    public const int MaxLength = 10;

    /// <summary>Reads a value and advances past it. Bits above the 64th are dropped.</summary>
    /// <returns>False if it does not end within <paramref name="maxLength"/> bytes.</returns>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> rest, out ulong value, int maxLength = MaxLength)
    {
        value = 0;
        var length = Math.Min(rest.Length, maxLength);
        for (var i = 0; i < length; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] <= 0x7F)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes a value and advances past it.</summary>
    public static void Write(ref Span<byte> rest, ulong value)
    {
        var i = 0;
        for (; value > 0x7F; value >>= 7)
        {
            rest[i++] = (byte)(value | 0x80);
        }

        rest[i++] = (byte)value;
        rest = rest[i..];
    }
}
