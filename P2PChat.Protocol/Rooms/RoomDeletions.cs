using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Removes the text of messages that their authors have deleted for everyone, or the user on this peer, in whatever
/// order they come.
/// </summary>
internal sealed class RoomDeletions(RoomLog log, Action<RoomEffect> emit)
{
    // The edits of each message.
    private readonly Dictionary<(PeerId Author, RoomEventId Message), List<RoomEventId>> _edits = [];

    // An edit's target is named in its body, which an erased edit no longer has.
    private readonly HashSet<RoomEventId> _erased = [];

    /// <summary>Whether the message, or the one that it edits, is deleted.</summary>
    public bool IsDeleted(RoomEvent message) =>
        _erased.Contains(message.Id)
        || IsDeleted(message.Author, message.Id)
        || EditedBy(message) is { } edited && IsDeleted(message.Author, edited);

    /// <summary>
    /// The event without a deleted text, so that it is not even stored. A delete stays, or the text that it deletes
    /// would be asked of others. An edit of a message that is deleted on this peer only is noted once it has its place.
    /// </summary>
    public RoomEvent WithoutDeleted(RoomEvent arrived)
    {
        if (
            log.TakenBack.Count + log.Forgotten.Count == 0
            || !HasDeletedText(arrived)
            || EditedBy(arrived) is { } edited && log.Forgotten.Contains(edited)
        )
        {
            return arrived;
        }

        _ = _erased.Add(arrived.Id);
        return arrived.WithoutBody();
    }

    /// <summary>Stored events. This peer may have stopped before it has removed the texts that they delete.</summary>
    public void Restored(IReadOnlyList<RoomEvent> placed)
    {
        foreach (var roomEvent in placed)
        {
            Note(roomEvent);
        }

        foreach (var (author, message) in log.TakenBack)
        {
            RemoveAll(message, author);
        }

        foreach (var forgotten in placed.Where(one => log.Forgotten.Contains(one.Id)))
        {
            RemoveAll(forgotten.Id, forgotten.Author);
        }
    }

    /// <summary>The user deletes a message with its edits on this peer only.</summary>
    public void Forget(RoomEvent message)
    {
        Forget(message.Id);
        RemoveAll(message.Id, message.Author);
    }

    /// <summary>An event has got its place, or its body.</summary>
    public void Placed(RoomEvent placed)
    {
        Note(placed);
        if (RoomMessage.Of(placed)?.Content is RoomContent.Delete delete)
        {
            RemoveAll(delete.Of, placed.Author);
            TakeBack(delete.Of, placed.Author);
        }
        else
        {
            Remove(placed);
        }
    }

    private void Note(RoomEvent placed)
    {
        // What a removed member deletes is deleted too: everybody may take back their own text.
        switch (RoomMessage.Of(placed)?.Content)
        {
            case RoomContent.Delete delete:
                _ = log.TakenBack.Add((placed.Author, delete.Of));
                break;
            case RoomContent.Edit edit:
                var key = (placed.Author, edit.Of);
                (_edits.TryGetValue(key, out var edits) ? edits : _edits[key] = []).Add(placed.Id);
                break;
            default:
                break;
        }
    }

    // The text of an edit that comes later is not asked of others after a restart.
    private void Forget(RoomEventId id)
    {
        log.RemoveBody(id);
        _ = log.Forgotten.Add(id);
        emit(new RoomEffect.Store(new RoomChange.Forgotten(id)));
    }

    // A message with its edits, also those that wait for others.
    private void RemoveAll(RoomEventId message, PeerId author)
    {
        foreach (var version in VersionsOf(message, author))
        {
            Remove(version);
        }

        log.Pending.MessagesOf(author).ToList().ForEach(Remove);
    }

    // A text that the user has deleted on this peer only may still wait for others, so its removal is said again.
    private void TakeBack(RoomEventId message, PeerId author)
    {
        foreach (var version in VersionsOf(message, author).Where(version => log.Forgotten.Contains(version.Id)))
        {
            _ = log.TakenBack.Add((author, version.Id));
            emit(new RoomEffect.Store(new RoomChange.BodyChanged(version.WithoutBody())));
        }
    }

    private List<RoomEvent> VersionsOf(RoomEventId message, PeerId author) =>
        [
            .. (_edits.GetValueOrDefault((author, message)) ?? [])
                .Prepend(message)
                .Select(log.Find)
                .OfType<RoomEvent>()
                .Where(version => version.Author == author),
        ];

    private void Remove(RoomEvent target)
    {
        if (!HasDeletedText(target))
        {
            return;
        }

        if (log.Forgotten.Contains(EditedBy(target) ?? target.Id))
        {
            Forget(target.Id);
            return;
        }

        _ = _erased.Add(target.Id);
        log.RemoveBody(target.Id);
        emit(new RoomEffect.Store(new RoomChange.BodyChanged(target.WithoutBody())));
    }

    private bool IsDeleted(PeerId author, RoomEventId message) =>
        log.TakenBack.Contains((author, message))
        || log.Forgotten.Contains(message) && log.Find(message)?.Author == author;

    // A delete has nothing to hide.
    private bool HasDeletedText(RoomEvent message) =>
        message is { Body: not null, IsMembership: false }
        && IsDeleted(message)
        && RoomMessage.Of(message)?.Content is not RoomContent.Delete;

    private static RoomEventId? EditedBy(RoomEvent message) =>
        RoomMessage.Of(message)?.Content is RoomContent.Edit edit ? edit.Of : null;
}
