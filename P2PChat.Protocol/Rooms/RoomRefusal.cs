namespace P2PChat.Protocol.Rooms;

/// <summary>The reason why an event is not taken into a room.</summary>
public enum RoomRefusal
{
    /// <summary>Its bytes do not have the form of an event.</summary>
    Malformed,

    /// <summary>Its header or body is too large.</summary>
    TooLarge,

    /// <summary>It names more than <see cref="RoomLimits.Parents"/> parents, heads or last messages.</summary>
    TooManyParents,

    /// <summary>Its key is not a P-256 key, or not that of its author.</summary>
    WrongKey,
    BadSignature,

    /// <summary>Its body has another hash than its header says.</summary>
    WrongBody,

    /// <summary>It belongs to another room.</summary>
    WrongRoom,

    /// <summary>A membership event names a message as its parent, or a message's heads name one.</summary>
    WrongParent,

    /// <summary>Its author is not a member, in the event's own past.</summary>
    NotAMember,

    /// <summary>Its author's role does not suffice, in the event's own past.</summary>
    NotAllowed,

    /// <summary>Its author has too many events that are kept for no use.</summary>
    TooMany,

    /// <summary>Too many events of its author wait for others.</summary>
    TooManyWaiting,

    /// <summary>It comes from a member that the user has blocked, and was not asked for.</summary>
    Blocked,
}

/// <summary>An invalid event of a room.</summary>
public sealed class RoomException(RoomRefusal refusal, string message) : Exception(message)
{
    public RoomRefusal Refusal { get; } = refusal;
}
