using System.Buffers;
using System.Security.Cryptography;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms.Wire;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// One peer's side of a room: takes in events, makes its own, distributes them to the members and asks for what it
/// lacks (docs/protocol.md, section 25). A state machine without I/O; not thread-safe.
/// </summary>
public sealed class RoomMachine
{
    private readonly PeerId _self;
    private readonly RoomComposer _composer;
    private readonly RoomCarrier _carrier;
    private readonly RoomGaps _gaps;
    private readonly RoomIntake _intake;
    private List<RoomEffect> _effects = [];
    private DateTimeOffset _movesAllowedAt;

    // Read with every view of the room, and not parsed each time.
    private (RoomEventId? SetBy, ReadOnlyMemory<byte> Bytes) _picture;

    /// <summary>Starts from what is stored.</summary>
    /// <param name="key">This peer's identity key. The caller disposes of it.</param>
    public RoomMachine(ECDsa key, RoomSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(snapshot);
        _self = PeerId.FromPublicKey(key.ExportSubjectPublicKeyInfo());
        Log = new RoomLog(snapshot.Room);
        _composer = new RoomComposer(key, _self, Log);
        _carrier = new RoomCarrier(_self, Log);
        _gaps = new RoomGaps(Log);
        _intake = new RoomIntake(_self, Log, _carrier, _gaps, Emit);
        Invites = new RoomInvites(_self, Log, snapshot.Invites, peer => _intake.Blocked.Contains(peer), Invite, Emit);
        _intake.Restore(snapshot);
    }

    public RoomLog Log { get; }

    public RoomState State => Log.State;

    /// <summary>The invite links that this peer has made.</summary>
    public RoomInvites Invites { get; }

    /// <summary>The room's name, not made safe to show; empty if a member has given it one that is not valid.</summary>
    public string Name => (State.Name is { } named ? NameIn(named) : null) ?? "";

    /// <summary>PNG, JPEG or WebP; empty if there is none, or if a member has set one that is not valid.</summary>
    public ReadOnlyMemory<byte> Picture
    {
        get
        {
            if (_picture.SetBy != State.Picture)
            {
                _picture = (
                    State.Picture,
                    BodyOf(State.Picture)?.Picture.Memory is { } set && RoomTexts.CheckPicture(set.Span) is null
                        ? set
                        : default
                );
            }

            return _picture.Bytes;
        }
    }

    /// <summary>What the room shows.</summary>
    public RoomTimeline Timeline
    {
        get
        {
            _intake.Settle();
            return _intake.Timeline;
        }
    }

    public bool IsMember => State.IsMember(_self);

    /// <summary>This peer's last message; null if there is none.</summary>
    public RoomEventId? LastOwnMessage => Log.Messages.EndsOf(_self).MaxBy(node => node.Lamport)?.Event.Id;

    /// <summary>Whether this peer was ever a member.</summary>
    public bool HasJoinedBefore => Log.Membership.LastEntryOf(_self) is not null;

    /// <summary>Whether a message is from before this peer's join, as its author knew the room.</summary>
    public bool IsFromBefore(RoomEventId message) =>
        State.Members.GetValueOrDefault(_self) is { } self
        && Log.Messages.Find(message) is { } node
        && !node.Knows(self.Entry);

    /// <summary>What has changed about the room between its messages.</summary>
    /// <param name="rows">Messages in their order, without gaps.</param>
    /// <param name="isEnd">Whether the last of them is the newest.</param>
    /// <returns>For each row what comes before it, and one more for what comes after the last.</returns>
    public IReadOnlyList<IReadOnlyList<RoomNotice>> NoticesAmong(IReadOnlyList<RoomEventId> rows, bool isEnd) =>
        RoomNotices.Among(Log, rows, isEnd);

    /// <summary>The name that a create or rename has given the room, not made safe to show; null if none.</summary>
    public string? NameIn(RoomEventId change) =>
        BodyOf(change)?.Name is { } name && RoomTexts.CheckName(name) is null ? name : null;

    /// <summary>Whether a picture event removes the picture.</summary>
    public bool RemovesPicture(RoomEventId change) => Log.Find(change)?.Body is not { Length: > 0 };

    /// <summary>The members who have written after they had a message, as far as their messages show it.</summary>
    public IReadOnlySet<PeerId> KnownTo(RoomEventId message) => MessageReaders.Of(Log, message);

    /// <summary>When to call <see cref="Tick"/>; null if there is nothing to wait for.</summary>
    public DateTimeOffset? Deadline => _gaps.Deadline;

    /// <summary>Makes the first event of a new room. A machine that starts from it alone is its owner's.</summary>
    /// <param name="history">How many messages from before the join a newcomer gets.</param>
    /// <param name="nonce">16 random bytes.</param>
    /// <param name="username">This peer's name, by which the others find it.</param>
    public static RoomEvent Create(
        ECDsa key,
        string name,
        int history,
        ReadOnlySpan<byte> nonce,
        string username = ""
    ) => RoomComposer.Create(key, name, history, nonce, username);

    /// <summary>Takes the effects since the last call.</summary>
    /// <param name="effects">Cleared, and filled with them.</param>
    public bool TakeEffects(ref List<RoomEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        _intake.Settle();
        effects.Clear();
        (effects, _effects) = (_effects, effects);
        for (var i = 0; i < effects.Count; i++)
        {
            effects[i] = _carrier.WithoutDeleted(effects[i]);
        }

        return effects.Count > 0;
    }

    /// <summary>Invites a peer, which becomes a member by its own <see cref="Join"/>.</summary>
    /// <returns>Null if it was done. The same for the other commands.</returns>
    public RoomRefusal? Invite(PeerId peer) => Change(RoomEventKind.Invite, peer);

    /// <param name="username">This peer's name, by which the others find it.</param>
    public RoomRefusal? Join(string username = "") =>
        Change(RoomEventKind.Join, body: new RoomBody { Username = username });

    public RoomRefusal? Leave() => Change(RoomEventKind.Leave);

    public RoomRefusal? Remove(PeerId peer) => Change(RoomEventKind.Remove, peer);

    /// <summary>Changes a role. <see cref="RoomRole.Owner"/> hands the room over.</summary>
    public RoomRefusal? SetRole(PeerId peer, RoomRole role) =>
        role is < RoomRole.Member or > RoomRole.Owner ? RoomRefusal.Malformed : Change(RoomEventKind.Role, peer, role);

    public RoomRefusal? Rename(string name) =>
        RoomTexts.CheckName(name) ?? Change(RoomEventKind.Rename, body: new RoomBody { Name = name });

    /// <param name="picture">Empty to remove it.</param>
    public RoomRefusal? SetPicture(ReadOnlySpan<byte> picture) =>
        RoomTexts.CheckPicture(picture)
        ?? Change(RoomEventKind.Picture, body: new RoomBody { Picture = Google.Protobuf.ByteString.CopyFrom(picture) });

    public RoomRefusal? Send(RoomMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return RoomTexts.CheckText(message.Text)
            ?? (IsMember ? _intake.Publish(_composer.Message(message)) : RoomRefusal.NotAMember);
    }

    /// <summary>Deletes a message that is shown, on this peer only. Its text is not taken from others again.</summary>
    /// <returns>False if there is no such message.</returns>
    public bool Forget(RoomEventId message)
    {
        if (Timeline.Find(message) is null)
        {
            return false;
        }

        _intake.Forget(Log.Find(message)!);
        return true;
    }

    /// <summary>The members whose own copies are ignored, and whose messages are shown collapsed.</summary>
    public void SetBlocked(IReadOnlySet<PeerId> blocked) => _intake.Blocked = blocked;

    /// <summary>An event arrived over the conversation with a peer.</summary>
    public void Receive(PeerId from, RoomEvent roomEvent, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(roomEvent);
        _carrier.Advance(now);
        // The user does not want to read what a blocked member writes, but its removals and invites count for all.
        if (_intake.Blocked.Contains(from) && !roomEvent.IsMembership)
        {
            Emit(new RoomEffect.Report(new RoomReport.Refused(from, RoomRefusal.Blocked)));
            // Others may have no reason to name it.
            if (Log.Find(roomEvent.Id) is null && !Log.Pending.Contains(roomEvent.Id))
            {
                _gaps.Lose([roomEvent.Id], from);
            }

            return;
        }

        _intake.Receive(from, roomEvent, now);
    }

    /// <summary>Notes a message that the quota refuses. It is not asked for until a restart.</summary>
    public void Refuse(RoomEvent message)
    {
        ArgumentNullException.ThrowIfNull(message);
        _intake.Refuse(message);
    }

    /// <summary>A link to a peer has opened.</summary>
    public void Reachable(PeerId peer, DateTimeOffset now)
    {
        _carrier.Advance(now);
        if (peer != _self && State.Members.ContainsKey(peer) && State.Members.ContainsKey(_self))
        {
            Emit(new RoomEffect.SendHeads(peer, _carrier.HeadsFor(peer)));
            if (!_intake.Blocked.Contains(peer))
            {
                _intake.Question(peer, _gaps.AskAgain(peer));
            }
        }
    }

    /// <summary>A peer has sent its <see cref="RoomEffect.SendHeads"/>.</summary>
    public void ReceiveHeads(PeerId from, IReadOnlyList<RoomEventId> heads, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(heads);
        _carrier.Advance(now);
        RoomEventId[] named = [.. heads.Take(2 * RoomLimits.Asked)];
        if (_intake.Blocked.Contains(from))
        {
            // The newest head may be the blocked member's own message, which other members may never name.
            if (State.Members.ContainsKey(from))
            {
                _gaps.Lose(named.Where(head => !Log.Contains(head)), from);
            }
        }
        // This peer may not have heard yet that it was invited, and by whom. Others do not answer its questions.
        else if (State.Members.ContainsKey(from) || !State.Members.ContainsKey(_self))
        {
            _intake.Question(from, _gaps.AskForHeads(from, named, now));
        }
    }

    /// <summary>A peer has sent its <see cref="RoomEffect.Ask"/>.</summary>
    public void ReceiveQuestion(
        PeerId from,
        IReadOnlyList<RoomEventId> ids,
        IReadOnlyList<RoomEventId> known,
        DateTimeOffset now
    )
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(known);
        _carrier.Advance(now);
        // A member that is not answered asks another one, or later.
        if (!State.Members.ContainsKey(from) || _carrier.Answer(from, ids, known) is not { } answer)
        {
            return;
        }

        if (answer.Events.Count > 0)
        {
            Emit(new RoomEffect.Answer(from, answer.Events));
        }

        if (answer.Unavailable.Count > 0)
        {
            Emit(new RoomEffect.Unavailable(from, answer.Unavailable));
        }

        // What it has asked for is named again, so that it goes on asking.
        if (answer.Rest.Count > 0)
        {
            Emit(new RoomEffect.SendHeads(from, answer.Rest));
        }
    }

    /// <summary>A peer has sent its <see cref="RoomEffect.Unavailable"/>.</summary>
    public void ReceiveUnavailable(PeerId from, IReadOnlyList<RoomEventId> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        _intake.Decline(from, [.. ids.Take(RoomLimits.Asked)]);
    }

    /// <summary>Checks what has waited for too long.</summary>
    public void Tick(DateTimeOffset now)
    {
        _carrier.Advance(now);
        if (now >= _movesAllowedAt)
        {
            _movesAllowedAt = now + RoomLimits.MessageWait;
            Log.AllowMoves();
        }

        _intake.Release(_gaps.Expired(now));
        foreach (
            var (member, ids) in _gaps.Due(
                [.. _carrier.Members.Where(member => !_intake.Blocked.Contains(member))],
                now
            )
        )
        {
            _intake.Question(member, ids);
        }
    }

    /// <summary>The name that a member, or a former one, has given in its join. Nobody has checked it.</summary>
    public Username? UsernameOf(PeerId member)
    {
        var entry = State.Members.GetValueOrDefault(member) is { HasJoined: true } joined
            ? joined.Entry.Event
            : Log.Membership.LastEntryOf(member);
        return Username.TryParse(BodyOf(entry?.Id)?.Username, out var name) ? name : null;
    }

    private RoomBody? BodyOf(RoomEventId? id) =>
        id is { } known && Log.Find(known)?.Body is { } body
            ? Protobuf.TryParse(RoomBody.Parser, RoomBody.Descriptor, new ReadOnlySequence<byte>(body))
            : null;

    private RoomRefusal? Change(
        RoomEventKind kind,
        PeerId? subject = null,
        RoomRole role = RoomRole.None,
        RoomBody? body = null
    ) =>
        State.Members.ContainsKey(_self)
            ? _intake.Publish(_composer.Membership(kind, subject, role, body ?? new RoomBody()))
            : RoomRefusal.NotAMember;

    private void Emit(RoomEffect effect) => _effects.Add(effect);
}
