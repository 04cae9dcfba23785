using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Removes the text of messages that their authors have deleted for everyone, in whatever order they come.
/// </summary>
internal sealed class RoomDeletions(RoomLog log, Action<RoomEffect> emit)
{
    // What each author has deleted, and the edits of each message.
    private readonly HashSet<(PeerId Author, RoomEventId Message)> _deleted = [];
    private readonly Dictionary<(PeerId Author, RoomEventId Message), List<RoomEventId>> _edits = [];

    // What an edit has edited is in its body.
    private readonly HashSet<RoomEventId> _erased = [];

    /// <summary>Whether the author has deleted the message, or the one that it edits.</summary>
    public bool IsDeleted(RoomEvent message) =>
        _erased.Contains(message.Id)
        || _deleted.Contains((message.Author, message.Id))
        || RoomMessage.Of(message)?.Content is RoomContent.Edit edit && _deleted.Contains((message.Author, edit.Of));

    /// <summary>
    /// The event without a text that its author has deleted, so that it is not even stored. A delete stays, or the
    /// text that it deletes would be asked of others.
    /// </summary>
    public RoomEvent WithoutDeleted(RoomEvent arrived)
    {
        if (
            _deleted.Count == 0
            || arrived is not { Body: not null, IsMembership: false }
            || !IsDeleted(arrived)
            || RoomMessage.Of(arrived)?.Content is RoomContent.Delete
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

        foreach (var (author, message) in _deleted)
        {
            RemoveAll(message, author);
        }
    }

    /// <summary>An event has got its place, or its body.</summary>
    public void Placed(RoomEvent placed)
    {
        Note(placed);
        switch (RoomMessage.Of(placed)?.Content)
        {
            case RoomContent.Delete delete:
                RemoveAll(delete.Of, placed.Author);
                break;
            case RoomContent.Edit edit when _deleted.Contains((placed.Author, edit.Of)):
            case var _ when _deleted.Contains((placed.Author, placed.Id)):
                Remove(placed.Id);
                break;
            default:
                break;
        }
    }

    private void Note(RoomEvent placed)
    {
        // What a removed member deletes is deleted too: everybody may take back their own text.
        switch (RoomMessage.Of(placed)?.Content)
        {
            case RoomContent.Delete delete:
                _ = _deleted.Add((placed.Author, delete.Of));
                break;
            case RoomContent.Edit edit:
                var key = (placed.Author, edit.Of);
                (_edits.TryGetValue(key, out var edits) ? edits : _edits[key] = []).Add(placed.Id);
                break;
            default:
                break;
        }
    }

    // A message with its edits, also those that wait for others.
    private void RemoveAll(RoomEventId message, PeerId author)
    {
        Remove(message);
        (_edits.GetValueOrDefault((author, message)) ?? []).ForEach(Remove);
        foreach (var waiting in log.Pending.MessagesOf(author).Where(IsDeleted).ToList())
        {
            Remove(waiting.Id);
        }
    }

    private void Remove(RoomEventId id)
    {
        if (
            (log.Find(id) ?? log.Pending.Find(id)) is { Body: not null } target
            && WithoutDeleted(target) is { Body: null } erased
        )
        {
            log.RemoveBody(id);
            emit(new RoomEffect.Store(new RoomChange.BodyChanged(erased)));
        }
    }
}
