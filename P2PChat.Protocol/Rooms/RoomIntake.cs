using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Takes events into a room's log: stores them, sends them, and asks for those that they name. <see
/// cref="RoomFollowUp"/> does the rest.
/// </summary>
internal sealed class RoomIntake(PeerId self, RoomLog log, RoomCarrier carrier, RoomGaps gaps, Action<RoomEffect> emit)
{
    private readonly RoomFollowUp _followUp = new(self, log, carrier, gaps, emit);

    /// <summary>The members whose messages are shown collapsed.</summary>
    public IReadOnlySet<PeerId> Blocked
    {
        get => _followUp.Blocked;
        set => _followUp.Blocked = value;
    }

    public RoomTimeline Timeline => _followUp.Timeline;

    private RoomDeletions Deletions => _followUp.Deletions;

    private RoomDisplay Display => _followUp.Display;

    /// <summary>Takes in what is stored, without storing or showing it again.</summary>
    public void Restore(RoomSnapshot snapshot)
    {
        log.Forgotten.UnionWith(snapshot.Forgotten);
        var placed = RoomRestore.Into(log, snapshot.Events);
        // It is not stored who sent the waiting events, so they get less space. The rest are dropped: no delete would
        // reach them.
        foreach (var lost in snapshot.Events.Where(stored => !log.Contains(stored.Id)))
        {
            emit(new RoomEffect.Store(new RoomChange.Dropped(lost.Id)));
        }

        Deletions.Restored(placed);
        foreach (var roomEvent in placed)
        {
            Timeline.Note(roomEvent);
            _followUp.NoteJoin(roomEvent);
        }

        foreach (var message in placed.Where(one => !one.IsMembership))
        {
            _followUp.Miss(message);
            // What it lacks was asked for before the restart, and is asked for again.
            var missing = MessageLog.MessageReferences(message).Where(id => log.Find(id) is null).ToList();
            gaps.Lose(missing, message.Author);
            missing.ForEach(log.Past.Decline);
        }

        foreach (var waiting in snapshot.Events.Where(stored => log.Pending.Contains(stored.Id)))
        {
            gaps.Restore(waiting.Id);
        }

        gaps.Look();
        _followUp.Start(snapshot.Hidden);
        foreach (var id in snapshot.Unsent)
        {
            if (log.Find(id) is { } unsent)
            {
                Distribute(unsent);
            }
        }
    }

    /// <summary>Adds an event of this peer.</summary>
    /// <returns>Null if it was added.</returns>
    public RoomRefusal? Publish(RoomEvent own)
    {
        Settle();
        var addition = log.AddOwn(own);
        if (addition.Refused.Count > 0)
        {
            return addition.Refused[0].Refusal;
        }

        _followUp.NoteOwn();
        emit(new RoomEffect.Store(new RoomChange.Added(own, IsUnsent: true, Display.IsHidden(own))));
        _followUp.Follow(addition, own.Id);
        Distribute(own);
        return null;
    }

    public void Receive(PeerId from, RoomEvent arrived, DateTimeOffset now)
    {
        if (!arrived.IsMembership)
        {
            Settle();
        }

        var roomEvent = Deletions.WithoutDeleted(arrived);
        var addition = log.Add(roomEvent, from);
        if (addition.HasNewBody)
        {
            StoreBody(roomEvent);
        }

        var isPlaced = addition.Placed.Contains(roomEvent);
        if (isPlaced || addition.IsWaiting)
        {
            emit(new RoomEffect.Store(new RoomChange.Added(roomEvent, IsUnsent: false, Display.IsHidden(roomEvent))));
            gaps.Answered(from);
        }

        foreach (var (_, reason) in addition.Refused)
        {
            emit(new RoomEffect.Report(new RoomReport.Refused(from, reason)));
        }

        if (roomEvent.IsMembership && log.Membership.IsUnresolved)
        {
            _followUp.FollowLater(addition, roomEvent.Id);
        }
        else
        {
            Settle();
            _followUp.Follow(addition, roomEvent.Id);
        }

        if (addition.IsWaiting)
        {
            Question(from, gaps.Add(roomEvent.Id, from, now));
        }
    }

    /// <summary>Does what follows from all events that were received.</summary>
    public void Settle() => _followUp.Settle();

    /// <summary>The user deletes a message on this peer only.</summary>
    public void Forget(RoomEvent message)
    {
        Settle();
        Deletions.Forget(message);
        gaps.Remove(message.Id);
        Display.Forget(message.Id);
    }

    /// <summary>A member does not give these events.</summary>
    public void Decline(PeerId from, IReadOnlyList<RoomEventId> ids)
    {
        Release(gaps.Unavailable(from, ids));
        foreach (var id in ids.Where(id => gaps.WasAsked(from, id)))
        {
            log.Past.Decline(id);
        }
    }

    /// <summary>Marks a message that this peer does not store. Those that waited only for it are placed.</summary>
    public void Refuse(RoomEvent refused)
    {
        var id = refused.Id;
        if (log.Contains(id))
        {
            return;
        }

        log.Past.Refuse(id);
        gaps.Remove(id);
        // It may be the only one that names these. Members only, because strangers can make any number of keys.
        if (log.State.IsMember(refused.Author))
        {
            gaps.Lose(
                MessageLog.MessageReferences(refused).Where(one => !log.Contains(one) && !log.Past.IsDeclined(one)),
                refused.Author
            );
        }

        Release([
            .. log
                .Pending.WaitingFor(id)
                .Select(waiting => waiting.Id)
                .Where(waiting => log.Pending.MissingOf(waiting).All(log.Past.IsDeclined)),
        ]);
    }

    /// <summary>Places messages without those that they wait for.</summary>
    public void Release(IReadOnlyList<RoomEventId> ids)
    {
        Settle();
        foreach (var id in ids.Where(log.Pending.Contains))
        {
            var message = log.Pending.Find(id)!;
            var author = message.Author;
            // One that has waited because it moves others waits for nothing, and may lack others nevertheless. What was
            // refused here is not asked for.
            var missing = log
                .Pending.MissingOf(id)
                .Where(one => !log.Past.IsRefused(one))
                .Union(
                    MessageLog.MessageReferences(message).Where(one => !log.Contains(one) && !log.Past.IsDeclined(one))
                )
                .ToList();
            var addition = log.Release(id);
            if (addition.Placed.Count > 0)
            {
                gaps.Lose(missing, author);
                // What is here and waits is not asked for, so it would be missing forever.
                foreach (var waiting in missing.Where(log.Pending.Contains))
                {
                    log.Past.Decline(waiting);
                }
            }

            _followUp.Follow(addition, stored: null);
        }
    }

    public void Question(PeerId member, IReadOnlyList<RoomEventId> ids)
    {
        if (member == self || Blocked.Contains(member))
        {
            return;
        }

        // What was declined is asked for on its own: nothing that comes after it may be named as known, and a liar can
        // name what does not exist.
        foreach (var group in ids.GroupBy(log.Past.IsDeclined))
        {
            RoomEventId[] asked = [.. group];
            // What is not asked for now is asked of others, or later.
            if (carrier.KnownFor(member, asked) is { } known)
            {
                emit(new RoomEffect.Ask(member, asked, known));
            }
        }
    }

    private void Distribute(RoomEvent own)
    {
        if (own.Kind == RoomEventKind.Invite)
        {
            _followUp.Welcome.Send(own, own.Subject);
        }

        foreach (var member in carrier.RecipientsOf(own))
        {
            emit(new RoomEffect.Send(member, own));
        }

        emit(new RoomEffect.Store(new RoomChange.Sent(own.Id)));
    }

    private void StoreBody(RoomEvent roomEvent)
    {
        emit(new RoomEffect.Store(new RoomChange.BodyChanged(roomEvent)));
        if (log.Find(roomEvent.Id) is not null)
        {
            gaps.Remove(roomEvent.Id);
            Timeline.Note(roomEvent);
            Deletions.Placed(roomEvent);
            Display.Refresh(
                RoomTimeline.TargetOf(roomEvent) ?? roomEvent.Id,
                roomEvent.Kind == RoomEventKind.Change ? roomEvent.Id : null
            );
        }
    }
}
