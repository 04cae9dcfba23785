namespace P2PChat.Protocol.Rooms;

/// <summary>Limits of rooms (docs/protocol.md, section 25.9).</summary>
public static class RoomLimits
{
    /// <summary>Members of a room, with those who are invited and have not joined.</summary>
    public const int Members = 100;

    /// <summary>Parents, membership heads, or last messages of a removed member, that an event names.</summary>
    public const int Parents = 16;

    /// <summary>Size of a header in bytes.</summary>
    public const int HeaderBytes = 2 * 1024;

    /// <summary>
    /// Size of a body in bytes: with its header, an event is no larger than the longest text of a message.
    /// </summary>
    public const int BodyBytes = 61 * 1024;

    /// <summary>Size of a text or a picture in bytes.</summary>
    public const int TextBytes = 60 * 1024;

    /// <summary>Length of a room's name in UTF-16 units.</summary>
    public const int NameLength = 64;

    /// <summary>Messages from before the join that a newcomer can get.</summary>
    public const int History = 1000;

    /// <summary>
    /// Membership events of one author that the past of an event may have. Over all branches it is twice as many, and
    /// as many again for each other author who needs them.
    /// </summary>
    public const int MembershipEvents = 1000;

    /// <summary>How many of them only a hand-over or a leave may be.</summary>
    public const int ReservedMembershipEvents = 10;

    /// <summary>A body of a membership event that is larger, such as a picture, is a large one. In bytes.</summary>
    public const int LargeBody = 1024;

    /// <summary>
    /// Large bodies of one author in the past of an event, in bytes. The whole membership log goes to each newcomer.
    /// Over all branches it is twice as much, and as much again for each other author who needs them.
    /// </summary>
    public const int LargeBodies = 2 * 1024 * 1024;

    /// <summary>Messages of one author, sent by that author, that share their predecessor with another one.</summary>
    public const int Forks = 64;

    /// <summary>The same for membership events, which all members keep in memory.</summary>
    public const int MembershipForks = 16;

    /// <summary>Forked membership events of one author that come by way of others.</summary>
    public const int ForksOfOthers = 256;

    /// <summary>
    /// Joins and leaves, beyond the first by each invite, of those whom one member has invited; as many more for each
    /// other author who names them.
    /// </summary>
    public const int RepeatedEntries = 256;

    /// <summary>
    /// Messages that a late one may move at any time. One that moves more has to wait until none of its author has done
    /// so for <see cref="MessageWait"/>.
    /// </summary>
    public const int Moved = 1000;

    /// <summary>Events of one author that wait for others, and their size in bytes.</summary>
    public const int WaitingPerAuthor = 64;

    /// <inheritdoc cref="WaitingPerAuthor"/>
    public const int WaitingBytesPerAuthor = 1024 * 1024;

    /// <summary>Events of all authors that wait for others.</summary>
    public const int Waiting = 1024;

    /// <summary>
    /// Messages of a removed member that do not count, but are kept because others may refer to them.
    /// </summary>
    public const int AfterRemoval = 64;

    /// <summary>Event ids in a question or an answer to it.</summary>
    public const int Asked = 32;

    /// <summary>Members of a room up to which they tell each other what they have read.</summary>
    public const int ReadMarks = 16;

    /// <summary>After that, all members are asked again for what is missing and was not declined.</summary>
    public static TimeSpan AskAgain { get; } = TimeSpan.FromHours(1);

    /// <summary>How long a message waits for the messages before it.</summary>
    public static TimeSpan MessageWait { get; } = TimeSpan.FromSeconds(10);
}
