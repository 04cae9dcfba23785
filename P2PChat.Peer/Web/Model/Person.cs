using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Another person, as the page shows them.</summary>
public sealed record Person(Username Name)
{
    /// <summary>What we call them; null if nothing.</summary>
    public string? Nickname { get; init; }

    /// <summary>As the directory said last.</summary>
    public bool Online { get; init; }

    /// <summary>Null if the directory has not said.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    public Relation Relation { get; init; }

    /// <summary>Whether the two have accepted each other, so that what is written waits for a link if there is none.</summary>
    public bool Accepted { get; init; }

    /// <summary>Whether messages to them are left in their mailbox while they are away.</summary>
    public bool CanBeLeftMail { get; init; }

    public bool Verified { get; init; }

    /// <summary>The short form of the key in an open request; null without one.</summary>
    public string? AskingKey { get; init; }

    /// <summary>Keys other than the pinned one that a warning showed.</summary>
    public IReadOnlyList<PeerId> OtherKeys { get; init; } = [];

    public bool Blocked { get; init; }

    /// <summary>Gone from the keyboard, as they say themselves.</summary>
    public bool Away { get; init; }

    public bool Typing { get; init; }

    /// <summary>The newest message; null if there is none.</summary>
    public Message? Last { get; init; }

    public int Unread { get; init; }

    /// <summary>Messages of ours that have not been acknowledged.</summary>
    public int Waiting { get; init; }

    public string Shown => Nickname ?? Name.Value;

    public string Initial => System.Globalization.StringInfo.GetNextTextElement(Shown).ToUpperInvariant();

    public bool IsConnected => Relation == Relation.Connected;

    /// <summary>Whether the two have to do with each other, rather than being on one directory.</summary>
    public bool IsNear =>
        !Blocked && (Accepted || Last is not null || Relation is not (Relation.None or Relation.RequestReceived));

    /// <summary>Whether nobody has compared the safety number, though the two can write to each other.</summary>
    public bool IsUnverified => CanBeWrittenTo && !Verified;

    /// <summary>Whether something can be written to them now, to go out at once or later.</summary>
    public bool CanBeWrittenTo => !Blocked && (IsConnected || Accepted);

    /// <summary>How it stands between the two, in a few words.</summary>
    internal string Standing(DayNames days) =>
        this switch
        {
            { Blocked: true } => "blocked",
            { Typing: true } => "writing …",
            { IsConnected: true, Away: true } => "connected, away from the keyboard",
            { IsConnected: true } => "connected",
            { Relation: Relation.RequestSent, Accepted: true } => "connecting …",
            { Relation: Relation.RequestSent } => "you have asked; waiting for the answer",
            { Relation: Relation.RequestReceived } => "asks to connect",
            { Online: true } => "online",
            { LastSeen: { } seen } => $"last seen {days.Ago(seen)}",
            _ => "offline",
        };
}
