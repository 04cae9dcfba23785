using System.Collections.Immutable;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>A member of a room, or somebody who is invited.</summary>
public sealed record RoomMember
{
    internal RoomMember(PeerId id, MembershipNode entry) => (Id, Entry) = (id, entry);

    public PeerId Id { get; }

    /// <summary>False if invited only: nobody is a member without their own join.</summary>
    public bool HasJoined => Entry.Event.Kind != RoomEventKind.Invite;

    public RoomRole Role { get; internal init; } = RoomRole.Member;

    /// <summary>Who invited the member; the default for the creator.</summary>
    public PeerId Inviter { get; internal init; }

    /// <summary>The event that made this a member: a create, an invite, a join, or a hand-over.</summary>
    internal MembershipNode Entry { get; init; }

    /// <summary>The event that gave the role; null for a plain member.</summary>
    internal MembershipNode? Grant { get; init; }

    /// <summary>What the rights of the member come from.</summary>
    internal IReadOnlyList<MembershipNode> Grounds => Grant is { } grant ? [Entry, grant] : [Entry];
}

/// <summary>Who is in a room, and how it looks, after a set of membership events.</summary>
public sealed record RoomState
{
    internal static RoomState Empty { get; } = new();

    private RoomState() { }

    public PeerId Owner { get; private init; }

    /// <summary>The create or hand-over that made the owner.</summary>
    internal MembershipNode? LastHandOver => Members.GetValueOrDefault(Owner)?.Grant;

    /// <summary>Members and invited peers.</summary>
    public ImmutableDictionary<PeerId, RoomMember> Members { get; private init; } =
        ImmutableDictionary<PeerId, RoomMember>.Empty;

    /// <summary>The create or rename whose body has the name.</summary>
    public RoomEventId? Name { get; private init; }

    /// <summary>The event whose body has the picture; null if none.</summary>
    public RoomEventId? Picture { get; private init; }

    /// <summary>The rank of a member who has joined; <see cref="RoomRole.None"/> for everybody else.</summary>
    public RoomRole RankOf(PeerId peer) =>
        Members.GetValueOrDefault(peer) is { HasJoined: true } member ? member.Role : RoomRole.None;

    public bool IsMember(PeerId peer) => RankOf(peer) != RoomRole.None;

    /// <summary>The room after an event that counts. An event whose subject is gone changes nothing.</summary>
    internal RoomState Apply(MembershipNode node)
    {
        var subject = node.Event.Subject;
        return node.Event.Kind switch
        {
            RoomEventKind.Create => Create(node),
            // Concurrent invites may exceed the limit. Nobody is pushed out, and there are no new ones until it is met.
            RoomEventKind.Invite when !Members.ContainsKey(subject) => With(
                new RoomMember(subject, node) { Inviter = node.Event.Author }
            ),
            RoomEventKind.Join
                when Members.GetValueOrDefault(node.Event.Author) is { } member && IsEntry(node, member) => With(
                member with
                {
                    Entry = node,
                }
            ),
            RoomEventKind.Leave => Without(node.Event.Author),
            RoomEventKind.Remove => Without(subject).WithoutInvitesBy(subject),
            RoomEventKind.Role when node.Event.Role == RoomRole.Owner => HandOver(node),
            RoomEventKind.Role when IsMember(subject) && subject != Owner => With(
                Members[subject] with
                {
                    Role = node.Event.Role,
                    Grant = node.Event.Role == RoomRole.Member ? null : node,
                }
            ),
            RoomEventKind.Rename => this with { Name = node.Event.Id },
            RoomEventKind.Picture => this with { Picture = node.Event.Id },
            _ => this,
        };
    }

    private RoomState Create(MembershipNode node) =>
        With(new RoomMember(node.Event.Author, node) { Role = RoomRole.Owner, Grant = node }) with
        {
            Owner = node.Event.Author,
            Name = node.Event.Id,
        };

    // The new owner is a member in any case, so that the room has one. The former one stays as a moderator.
    private RoomState HandOver(MembershipNode node)
    {
        var to = Members.GetValueOrDefault(node.Event.Subject) is { HasJoined: true } member
            ? member
            : new RoomMember(node.Event.Subject, node) { Inviter = node.Event.Author };
        var handedOver = With(to with { Role = RoomRole.Owner, Grant = node }) with { Owner = to.Id };
        return Members.GetValueOrDefault(Owner) is { } former && former.Id != to.Id
            ? handedOver.With(former with { Role = RoomRole.Moderator, Grant = node })
            : handedOver;
    }

    // Of several joins by one invite, the one with the lowest id, which all members have.
    private static bool IsEntry(MembershipNode join, RoomMember member) =>
        !member.HasJoined || join.EnteredBy == member.Entry.EnteredBy && join.Event.Id < member.Entry.Event.Id;

    private RoomState WithoutInvitesBy(PeerId inviter) =>
        inviter == Owner
            ? this
            : this with
            {
                Members = Members.RemoveRange(
                    Members.Values.Where(member => !member.HasJoined && member.Inviter == inviter).Select(one => one.Id)
                ),
            };

    // The owner can neither leave nor be removed.
    private RoomState Without(PeerId peer) => peer == Owner ? this : this with { Members = Members.Remove(peer) };

    private RoomState With(RoomMember member) => this with { Members = Members.SetItem(member.Id, member) };
}
