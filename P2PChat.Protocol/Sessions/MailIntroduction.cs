namespace P2PChat.Protocol.Sessions;

/// <summary>
/// What each envelope to a contact begins with, until both sides know of the contact (docs/protocol.md, section 10.6).
/// The numbers are stored.
/// </summary>
public enum MailIntroduction
{
    None = 0,

    /// <summary>This side has joined by the other's invite, and the other may not know yet.</summary>
    Request = 1,

    /// <summary>This side has accepted the other's request, and the other may not know yet.</summary>
    Accept = 2,
}
