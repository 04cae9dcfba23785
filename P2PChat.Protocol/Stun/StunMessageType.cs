namespace P2PChat.Protocol.Stun;

/// <summary>Class and method of a STUN message (RFC 8489, section 5). Binding is the only method used here.</summary>
public enum StunMessageType
{
    BindingRequest = 0x0001,
    BindingIndication = 0x0011,
    BindingSuccess = 0x0101,
    BindingError = 0x0111,
}
