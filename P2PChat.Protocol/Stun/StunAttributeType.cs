namespace P2PChat.Protocol.Stun;

/// <summary>
/// Attributes of STUN messages (RFC 8489, section 18.3; RFC 5780, section 7). A receiver must understand those below
/// <see cref="FirstOptional"/>.
/// </summary>
public enum StunAttributeType
{
    MappedAddress = 0x0001,
    ChangeRequest = 0x0003,
    Username = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    UnknownAttributes = 0x000A,
    Realm = 0x0014,
    Nonce = 0x0015,
    MessageIntegritySha256 = 0x001C,
    PasswordAlgorithm = 0x001D,
    UserHash = 0x001E,
    XorMappedAddress = 0x0020,
    Padding = 0x0026,

    /// <summary>From here on, a receiver ignores attributes that it does not know.</summary>
    FirstOptional = 0x8000,
    Fingerprint = 0x8028,
    ResponseOrigin = 0x802B,
    OtherAddress = 0x802C,
}
