using System.Buffers.Binary;
using System.Net;

namespace P2PChat.Protocol.Stun;

/// <summary>Writes a STUN message (RFC 8489) into a buffer, attribute by attribute.</summary>
public ref struct StunWriter
{
    private readonly Span<byte> _buffer;

    /// <param name="buffer">Must be long enough for the whole message.</param>
    /// <param name="transactionId">12 bytes.</param>
    public StunWriter(Span<byte> buffer, StunMessageType type, scoped ReadOnlySpan<byte> transactionId)
    {
        _buffer = buffer;
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)type);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[StunFormat.CookieOffset..], StunFormat.MagicCookie);
        transactionId[..StunFormat.TransactionIdLength].CopyTo(buffer[StunFormat.TransactionIdOffset..]);
        SetLength(StunFormat.HeaderLength);
    }

    /// <summary>Length so far, in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The message so far, which is complete after every attribute.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    /// <summary>Adds XOR-MAPPED-ADDRESS.</summary>
    /// <param name="address">4 or 16 bytes in network order.</param>
    public void AddXorMappedAddress(scoped ReadOnlySpan<byte> address, int port) =>
        StunAddress.Write(
            Add(StunAttributeType.XorMappedAddress, StunAddress.LengthOf(address.Length)),
            address,
            port,
            _buffer[..StunFormat.HeaderLength]
        );

    /// <summary>Adds XOR-MAPPED-ADDRESS. An IPv4-mapped IPv6 address becomes IPv4.</summary>
    public void AddXorMappedAddress(IPEndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Span<byte> buffer = stackalloc byte[16];
        AddXorMappedAddress(StunAddress.BytesOf(endpoint.Address, buffer), endpoint.Port);
    }

    /// <summary>Adds an address that is not XORed, such as OTHER-ADDRESS.</summary>
    public void AddAddress(StunAttributeType type, IPEndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Span<byte> buffer = stackalloc byte[16];
        var address = StunAddress.BytesOf(endpoint.Address, buffer);
        StunAddress.Write(Add(type, StunAddress.LengthOf(address.Length)), address, endpoint.Port, []);
    }

    /// <summary>Adds ERROR-CODE with an empty reason phrase.</summary>
    /// <param name="code">300 to 699.</param>
    public void AddErrorCode(int code)
    {
        var value = Add(StunAttributeType.ErrorCode, 4);
        value[2] = (byte)(code / 100);
        value[3] = (byte)(code % 100);
    }

    /// <summary>Adds UNKNOWN-ATTRIBUTES.</summary>
    public void AddUnknownAttributes(scoped ReadOnlySpan<ushort> types)
    {
        var value = Add(StunAttributeType.UnknownAttributes, 2 * types.Length);
        for (var index = 0; index < types.Length; index++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value[(2 * index)..], types[index]);
        }
    }

    /// <summary>Adds CHANGE-REQUEST (RFC 5780): which parts of its address the server is to answer from.</summary>
    public void AddChangeRequest(bool address, bool port) =>
        Add(StunAttributeType.ChangeRequest, 4)[3] = (byte)((address ? 4 : 0) | (port ? 2 : 0));

    /// <summary>Adds PADDING (RFC 5780) of zeros.</summary>
    public void AddPadding(int length) => Add(StunAttributeType.Padding, length);

    /// <summary>Adds FINGERPRINT. Nothing may follow it.</summary>
    public void AddFingerprint()
    {
        var before = Length;
        var value = Add(StunAttributeType.Fingerprint, 4);
        BinaryPrimitives.WriteUInt32BigEndian(value, StunFormat.Fingerprint(_buffer[..before]));
    }

    /// <summary>Adds an attribute whose value is all zeros.</summary>
    private Span<byte> Add(StunAttributeType type, int length)
    {
        var attribute = _buffer.Slice(Length, StunFormat.AttributeHeaderLength + StunFormat.Padded(length));
        attribute.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(attribute, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(attribute[2..], (ushort)length);
        SetLength(Length + attribute.Length);
        return attribute.Slice(StunFormat.AttributeHeaderLength, length);
    }

    private void SetLength(int length)
    {
        Length = length;
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], (ushort)(length - StunFormat.HeaderLength));
    }
}
