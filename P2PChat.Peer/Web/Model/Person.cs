using System.Globalization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Another user, as the page shows them.</summary>
public sealed record Person(Username Name)
{
    // FSI and PDI (UAX #9): a name must not change the direction of the sentence around it.
    private const char Isolate = '\u2068';
    private const char EndIsolate = '\u2069';

    public string? Nickname { get; init; }

    /// <summary>What they say about themselves; null if nothing, or if they are blocked.</summary>
    public ContactProfile? Profile { get; init; }

    /// <summary>From 0 to 11: see <see cref="PersonHue"/>.</summary>
    public int Hue { get; init; } = PersonHue.Of(Name);

    /// <summary>Whether the directory last said that their peer is online.</summary>
    public bool Online { get; init; }

    /// <summary>Null if the directory has not said.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    public Relation Relation { get; init; }

    /// <summary>Whether our request waits in their request box until they are online.</summary>
    public bool IsRequestWaiting { get; init; }

    /// <summary>Whether both have accepted each other, so that messages are queued until they connect.</summary>
    public bool Accepted { get; init; }

    /// <summary>How the open link travels; null while not connected.</summary>
    public PathKind? Path { get; init; }

    /// <summary>Whether messages go to their mailbox while they are offline.</summary>
    public bool AcceptsMail { get; init; }

    public VerifiedBy VerifiedBy { get; init; }

    /// <summary>Whether they were accepted by an invite of this peer.</summary>
    public bool JoinedByInvite { get; init; }

    public bool Verified => VerifiedBy != VerifiedBy.None;

    /// <summary>Their open request; null without one.</summary>
    public PeerRequest? Request { get; init; }

    /// <summary>Keys other than the pinned one that a warning showed.</summary>
    public IReadOnlyList<PeerId> OtherKeys { get; init; } = [];

    public bool Blocked { get; init; }

    /// <summary>Whether they say that they are away from the keyboard.</summary>
    public bool Away { get; init; }

    public bool Typing { get; init; }

    /// <summary>Why their peer did not count the invite that we used; null if it did, or we used none.</summary>
    public InviteValidity? InviteRefusedByThem { get; init; }

    /// <summary>Whether the conversation is pinned, archived or muted.</summary>
    public ChatMarks Marks { get; init; } = ChatMarks.None;

    public Message? LastMessage { get; init; }

    /// <summary>Whether the user deleted the conversation while this page was open, and it is empty.</summary>
    public bool WasDeleted { get; init; }

    public int Unread { get; init; }

    /// <summary>The number of our messages that they have not acknowledged.</summary>
    public int Undelivered { get; init; }

    /// <summary>Whether one of their names contains a text.</summary>
    public bool Matches(string text) =>
        Name.Value.Contains(text, StringComparison.OrdinalIgnoreCase)
        || (Nickname?.Contains(text, StringComparison.OrdinalIgnoreCase) ?? false)
        || (Profile?.DisplayName?.Contains(text, StringComparison.OrdinalIgnoreCase) ?? false);

    /// <summary>The name for sentences: one that they have chosen follows the username.</summary>
    public string DisplayName =>
        Nickname
        ?? DisplayNames.Show(Profile?.DisplayName is { } chosen ? $"{Isolate}{chosen}{EndIsolate}" : null, Name.Value);

    /// <summary>The name before <see cref="UsernameBeside"/>.</summary>
    public string ShortName => Nickname ?? Profile?.DisplayName ?? Name.Value;

    /// <summary>The username, which must stand next to another name; null if it is the name.</summary>
    public string? UsernameBeside => Nickname is null && Profile?.DisplayName is null ? null : Name.Value;

    /// <summary>The address of their picture, which changes with it; null if there is none.</summary>
    public string? PictureAddress =>
        Profile is { HasPicture: true, Version: var version }
            ? string.Create(CultureInfo.InvariantCulture, $"pictures/{Name}?v={version}")
            : null;

    public string Initial => InitialOf(ShortName);

    public static string InitialOf(string name) => StringInfo.GetNextTextElement(name).ToUpperInvariant();

    /// <summary>Their presence in one word, for lists that show it only as a dot.</summary>
    public string Presence =>
        this switch
        {
            { IsConnected: true, Away: true } => "away",
            { IsConnected: true } or { Online: true } => "online",
            _ => "offline",
        };

    public bool IsConnected => Relation == Relation.Connected;

    /// <summary>Whether there is anything between the two apart from an unanswered request of theirs.</summary>
    public bool IsInSidebar =>
        !Blocked
        && (Accepted || LastMessage is not null || Relation is not (Relation.None or Relation.RequestReceived));

    /// <summary>Whether they can be written to, but their key is not verified.</summary>
    public bool IsUnverified => CanBeWrittenTo && !Verified;

    /// <summary>Whether a message can be sent to them now, or queued.</summary>
    public bool CanBeWrittenTo => !Blocked && (IsConnected || Accepted);

    /// <summary>Their presence and the state of the connection, in a few words, and the time that follows.</summary>
    internal (string Text, DateTimeOffset? Since) Status =>
        this switch
        {
            { Blocked: true } => ("blocked", null),
            { Typing: true } => ("typing …", null),
            { IsConnected: true, Away: true } => ("connected, away", null),
            { IsConnected: true } => ("connected", null),
            { InviteRefusedByThem: not null } => ("request sent, no answer yet", null),
            { Relation: Relation.RequestSent, Accepted: true } => ("connecting …", null),
            { IsRequestWaiting: true } => ("waiting for them to come online", null),
            { Relation: Relation.RequestSent } => ("request sent, no answer yet", null),
            { Relation: Relation.RequestReceived } => ("asks to connect", null),
            { Online: true } => ("online", null),
            { LastSeen: { } seen } => ("last seen", seen),
            _ => ("offline", null),
        };
}
