using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// A change of a room that must survive a crash. Changes are stored in order; their sum is a <see
/// cref="RoomSnapshot"/>.
/// </summary>
public abstract record RoomChange
{
    private RoomChange() { }

    /// <summary>An event was taken in, or waits for others.</summary>
    /// <param name="IsUnsent">Whether it is this peer's own, and still has to go to the members.</param>
    /// <param name="IsHidden">
    /// Whether it is a message that is not shown: it waits, or was sent after its author's removal.
    /// </param>
    public sealed record Added(RoomEvent Event, bool IsUnsent, bool IsHidden = false) : RoomChange;

    /// <summary>A message that was hidden is shown from now on.</summary>
    public sealed record Shown(RoomEventId Id) : RoomChange;

    /// <summary>An event that has waited was given up, or turned out to be invalid.</summary>
    public sealed record Dropped(RoomEventId Id) : RoomChange;

    /// <summary>An own event was handed to the conversations with all members.</summary>
    public sealed record Sent(RoomEventId Id) : RoomChange;

    /// <summary>The body of an event arrived after the event, or was deleted for everyone.</summary>
    public sealed record BodyChanged(RoomEvent Event) : RoomChange;

    /// <summary>
    /// The user has deleted a message on this peer only. Its body is gone for good; the same for each of its edits.
    /// </summary>
    public sealed record Forgotten(RoomEventId Id) : RoomChange;

    /// <summary>An invite link was made, used or revoked.</summary>
    public sealed record LinkChanged(RoomInvite Invite) : RoomChange;

    /// <summary>An invite link ended long ago, and is forgotten.</summary>
    public sealed record LinkForgotten(ReadOnlyMemory<byte> InviteId) : RoomChange;
}

/// <summary>What a <see cref="RoomMachine"/> starts from.</summary>
/// <param name="Room">The room's id.</param>
/// <param name="Events">All stored events, in any order.</param>
/// <param name="Unsent">Own events that may not have gone to all members.</param>
public sealed record RoomSnapshot(
    RoomEventId Room,
    IReadOnlyList<RoomEvent> Events,
    IReadOnlyList<RoomEventId> Unsent,
    IReadOnlyList<RoomInvite> Invites
)
{
    /// <summary>Messages that were stored as hidden, and have not been shown since.</summary>
    public IReadOnlyList<RoomEventId> Hidden { get; init; } = [];

    /// <summary>Messages and edits that the user has deleted on this peer only.</summary>
    public IReadOnlyList<RoomEventId> Forgotten { get; init; } = [];

    /// <summary>A room that this peer knows by its id alone, from a peer that invites it.</summary>
    public static RoomSnapshot Empty(RoomEventId room) => new(room, [], [], []);
}

/// <summary>Something that the user may have to know.</summary>
public abstract record RoomReport
{
    private RoomReport() { }

    /// <summary>A member has told different members different things, or was restored from a backup.</summary>
    public sealed record Forked(RoomFork Fork) : RoomReport;

    /// <summary>An event was not taken in.</summary>
    public sealed record Refused(PeerId From, RoomRefusal Reason) : RoomReport;

    /// <summary>This peer is not a member any more.</summary>
    public sealed record NoLongerMember : RoomReport;
}

/// <summary>
/// An action that <see cref="RoomMachine"/> asks its caller for, in order. No effect may leave the process before the
/// <see cref="Store"/> effects before it are committed.
/// </summary>
public abstract record RoomEffect
{
    private RoomEffect() { }

    public sealed record Store(RoomChange Change) : RoomEffect;

    /// <summary>Send the event over the conversation with the member, in order and exactly once.</summary>
    public sealed record Send(PeerId To, RoomEvent Event) : RoomEffect;

    /// <summary>
    /// Send the events over the link with the member, in this order. May be lost; at most one answer per member waits
    /// to be sent, so that questions fill neither memory nor outbox.
    /// </summary>
    public sealed record Answer(PeerId To, IReadOnlyList<RoomEvent> Events) : RoomEffect;

    /// <summary>Tell the member which events no other event names. May be lost.</summary>
    public sealed record SendHeads(PeerId To, IReadOnlyList<RoomEventId> Heads) : RoomEffect;

    /// <summary>Ask the member for events, and for what precedes them. May be lost.</summary>
    /// <param name="Known">Heads of what this peer has, which need not be sent.</param>
    public sealed record Ask(PeerId To, IReadOnlyList<RoomEventId> Ids, IReadOnlyList<RoomEventId> Known) : RoomEffect;

    /// <summary>Tell the member that it cannot have these events from here. May be lost.</summary>
    public sealed record Unavailable(PeerId To, IReadOnlyList<RoomEventId> Ids) : RoomEffect;

    /// <summary>Show a message.</summary>
    /// <param name="After">The message before it; null at the beginning.</param>
    public sealed record Show(RoomEventId Id, RoomEventId? After, bool IsCollapsed) : RoomEffect;

    /// <summary>Move a displayed message.</summary>
    public sealed record Move(RoomEventId Id, RoomEventId? After) : RoomEffect;

    /// <summary>Many displayed messages have moved. <see cref="RoomTimeline.Shown"/> has their order.</summary>
    public sealed record Reorder : RoomEffect;

    /// <summary>Remove a displayed message, which the user has deleted on this peer only.</summary>
    public sealed record Hide(RoomEventId Id) : RoomEffect;

    /// <summary>A displayed message has another text, other reactions, or its body at last.</summary>
    /// <param name="Cause">The event that has changed it; null if unknown, or if there are many at once.</param>
    public sealed record Update(RoomEventId Id, RoomEventId? Cause = null) : RoomEffect;

    /// <summary>A message that is shown counts no longer, or counts again.</summary>
    public sealed record Mark(RoomEventId Id, MessageStatus Status) : RoomEffect;

    public sealed record MembersChanged(RoomState State) : RoomEffect;

    public sealed record Report(RoomReport What) : RoomEffect;
}
