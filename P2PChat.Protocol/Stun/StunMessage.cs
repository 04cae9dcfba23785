using System.Buffers.Binary;
using System.Net;

namespace P2PChat.Protocol.Stun;

/// <summary>
/// A well-formed STUN message (RFC 8489) over the bytes that were received. The form includes the FINGERPRINT, if there
/// is one; MESSAGE-INTEGRITY is not checked, because no credentials exist here.
/// </summary>
public readonly ref struct StunMessage
{
    private readonly ReadOnlySpan<byte> _bytes;

    private StunMessage(ReadOnlySpan<byte> bytes, bool hasFingerprint)
    {
        _bytes = bytes;
        HasFingerprint = hasFingerprint;
    }

    /// <summary>May have a value that the enumeration does not name.</summary>
    public StunMessageType Type => (StunMessageType)BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>12 bytes, chosen by the sender of the request.</summary>
    public ReadOnlySpan<byte> TransactionId =>
        _bytes.Slice(StunFormat.TransactionIdOffset, StunFormat.TransactionIdLength);

    /// <summary>Whether the last attribute is a FINGERPRINT, which is then correct.</summary>
    public bool HasFingerprint { get; }

    /// <summary>Length of the message with its header, in bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>All attributes in their order. Only the first of each type counts.</summary>
    public Enumerator GetEnumerator() => new(_bytes);

    /// <summary>Reads a message that takes up all the bytes.</summary>
    /// <returns>
    /// False for anything else: not STUN, a wrong length, an attribute that exceeds the message, or a FINGERPRINT
    /// that is wrong or not last.
    /// </returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out StunMessage message)
    {
        message = default;
        if (!StunFormat.TryReadLength(bytes, out var length) || length != bytes.Length)
        {
            return false;
        }

        var attributes = new Enumerator(bytes);
        var hasFingerprint = false;
        while (attributes.MoveNext())
        {
            if (hasFingerprint)
            {
                return false;
            }

            var current = attributes.Current;
            if (current.Type == StunAttributeType.Fingerprint)
            {
                if (
                    current.Value.Length != 4
                    || BinaryPrimitives.ReadUInt32BigEndian(current.Value)
                        != StunFormat.Fingerprint(bytes[..current.Offset])
                )
                {
                    return false;
                }

                hasFingerprint = true;
            }
        }

        if (!attributes.IsAtEnd)
        {
            return false;
        }

        message = new StunMessage(bytes, hasFingerprint);
        return true;
    }

    /// <summary>Finds the first attribute of a type.</summary>
    public bool TryFind(StunAttributeType type, out ReadOnlySpan<byte> value)
    {
        foreach (var attribute in this)
        {
            if (attribute.Type == type)
            {
                value = attribute.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The address in XOR-MAPPED-ADDRESS, or else in MAPPED-ADDRESS.</summary>
    /// <returns>Null if neither is there and well-formed.</returns>
    public IPEndPoint? ReadMappedAddress() =>
        TryFind(StunAttributeType.XorMappedAddress, out var value)
            ? StunAddress.Read(value, _bytes[..StunFormat.HeaderLength])
            : ReadAddress(StunAttributeType.MappedAddress);

    /// <summary>The address in an attribute whose value is not XORed, such as OTHER-ADDRESS.</summary>
    /// <returns>Null if it is missing or malformed.</returns>
    public IPEndPoint? ReadAddress(StunAttributeType type) =>
        TryFind(type, out var value) ? StunAddress.Read(value, []) : null;

    /// <summary>The code in ERROR-CODE: 300 to 699.</summary>
    /// <returns>Null if it is missing or malformed.</returns>
    public int? ReadErrorCode()
    {
        if (!TryFind(StunAttributeType.ErrorCode, out var value) || value.Length < 4)
        {
            return null;
        }

        var (hundreds, rest) = (value[2] & 7, value[3]);
        return hundreds is >= 3 and <= 6 && rest < 100 ? hundreds * 100 + rest : null;
    }

    /// <summary>An attribute over the message's bytes.</summary>
    public readonly ref struct Entry
    {
        internal Entry(StunAttributeType type, ReadOnlySpan<byte> value, int offset)
        {
            Type = type;
            Value = value;
            Offset = offset;
        }

        /// <summary>May have a value that the enumeration does not name.</summary>
        public StunAttributeType Type { get; }

        /// <summary>The value without padding.</summary>
        public ReadOnlySpan<byte> Value { get; }

        /// <summary>Where the attribute begins in the message.</summary>
        public int Offset { get; }

        /// <summary>Whether a receiver that does not know the attribute must refuse the message.</summary>
        public bool MustBeUnderstood => Type < StunAttributeType.FirstOptional;
    }

    /// <summary>Steps through the attributes.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private int _offset;
        private int _next;

        internal Enumerator(ReadOnlySpan<byte> bytes)
        {
            _bytes = bytes;
            _next = StunFormat.HeaderLength;
        }

        internal readonly bool IsAtEnd => _next == _bytes.Length;

        public readonly Entry Current =>
            new(
                (StunAttributeType)BinaryPrimitives.ReadUInt16BigEndian(_bytes[_offset..]),
                _bytes.Slice(_offset + StunFormat.AttributeHeaderLength, LengthAt(_offset)),
                _offset
            );

        /// <returns>False at the end, and at an attribute that exceeds the message.</returns>
        public bool MoveNext()
        {
            if (_bytes.Length - _next < StunFormat.AttributeHeaderLength)
            {
                return false;
            }

            var end = _next + StunFormat.AttributeHeaderLength + StunFormat.Padded(LengthAt(_next));
            if (end > _bytes.Length)
            {
                return false;
            }

            _offset = _next;
            _next = end;
            return true;
        }

        private readonly int LengthAt(int offset) => BinaryPrimitives.ReadUInt16BigEndian(_bytes[(offset + 2)..]);
    }
}
