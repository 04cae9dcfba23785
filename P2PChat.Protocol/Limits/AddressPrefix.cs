using System.Net;

namespace P2PChat.Protocol.Limits;

/// <summary>The networks that contain an address.</summary>
public static class AddressPrefix
{
    /// <summary>Returns the network of that length, with all bits after the prefix cleared.</summary>
    /// <param name="length">Length of the prefix in bits, 0 to 32 or 128.</param>
    public static IPNetwork Of(IPAddress address, int length)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out var size);
        for (var i = 0; i < size; i++)
        {
            var kept = Math.Clamp(length - 8 * i, 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }

        return new IPNetwork(new IPAddress(bytes[..size]), length);
    }
}
