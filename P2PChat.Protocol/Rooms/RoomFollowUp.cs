using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>Does what follows from events that have got their place: show, delete, ask, welcome, report.</summary>
internal sealed class RoomFollowUp(
    PeerId self,
    RoomLog log,
    RoomCarrier carrier,
    RoomGaps gaps,
    Action<RoomEffect> emit
)
{
    private bool _isMember;

    // What is decided once for all membership events of a step: each may void any other, so it takes long.
    private RoomAddition? _undecided;

    /// <summary>The members whose messages are shown collapsed.</summary>
    public IReadOnlySet<PeerId> Blocked { get; set; } = new HashSet<PeerId>();

    public RoomDeletions Deletions { get; } = new(log, emit);

    public RoomTimeline Timeline { get; } = new(log);

    public RoomWelcome Welcome { get; } = new(self, log, carrier, emit);

    public RoomDisplay Display { get; private set; } = new(log, [], emit);

    /// <summary>Starts with what the log has, which is shown already.</summary>
    /// <param name="hidden">Messages that were not shown.</param>
    public void Start(IEnumerable<RoomEventId> hidden)
    {
        Display = new RoomDisplay(log, hidden, emit);
        _isMember = log.State.IsMember(self);
    }

    /// <summary>The user has done something, and knows whether this peer is a member now.</summary>
    public void NoteOwn() => _isMember = log.State.IsMember(self);

    /// <summary>A stored event, whose author was welcomed if it is a join.</summary>
    public void NoteJoin(RoomEvent restored) => _ = Welcome.IsFirstJoin(restored);

    /// <param name="stored">The event that is stored with whether it is hidden.</param>
    public void Follow(RoomAddition addition, RoomEventId? stored)
    {
        Note(addition, stored);
        Decide(addition, stored);
    }

    /// <summary>The same, but what depends on the members is done by <see cref="Settle"/>.</summary>
    public void FollowLater(RoomAddition addition, RoomEventId stored)
    {
        Note(addition, stored);
        _undecided ??= new RoomAddition();
        _undecided.PlacedEvents.AddRange(addition.Placed);
        _undecided.MovedEvents.UnionWith(addition.Moved);
        _undecided.FoundForks.AddRange(addition.Forks);
    }

    /// <summary>Does what <see cref="FollowLater"/> has left.</summary>
    public void Settle()
    {
        if (_undecided is { } addition)
        {
            _undecided = null;
            Decide(addition, stored: null);
        }
    }

    /// <summary>Notes a body that was left out: anybody who passes a message on can do that.</summary>
    public void Miss(RoomEvent placed)
    {
        if (placed is { IsMembership: false, Body: null } && log.Find(placed.Id)?.Body is null)
        {
            if (Deletions.IsDeleted(placed))
            {
                gaps.Remove(placed.Id);
            }
            else
            {
                gaps.LoseBody(placed);
            }
        }
    }

    private void Note(RoomAddition addition, RoomEventId? stored)
    {
        foreach (var dropped in addition.Dropped)
        {
            gaps.Remove(dropped);
            if (dropped != stored)
            {
                emit(new RoomEffect.Store(new RoomChange.Dropped(dropped)));
            }
        }

        foreach (var placed in addition.Placed)
        {
            gaps.Remove(placed.Id);
            Timeline.Note(placed);
        }

        foreach (var moved in addition.Moved)
        {
            Timeline.Move(moved);
        }
    }

    private void Decide(RoomAddition addition, RoomEventId? stored)
    {
        Display.Update(addition, stored, Blocked);
        foreach (var placed in addition.Placed)
        {
            Deletions.Placed(placed);
            Miss(placed);
            if (Welcome.IsFirstJoin(placed) && placed.Author != self)
            {
                Welcome.Send(placed, placed.Author);
            }
        }

        if (addition.Placed.Count > 0)
        {
            gaps.Look();
        }

        foreach (var fork in addition.Forks)
        {
            emit(new RoomEffect.Report(new RoomReport.Forked(fork)));
        }

        if (_isMember && !log.State.IsMember(self))
        {
            emit(new RoomEffect.Report(new RoomReport.NoLongerMember()));
        }

        _isMember = log.State.IsMember(self);
    }
}
