using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Removes the text of messages that their authors have deleted for everyone, or the user on this peer, in whatever
/// order they come.
/// </summary>
internal sealed class RoomDeletions(RoomLog log, Action<RoomEffect> emit)
{
    // What is deleted, and the edits of each message.
    private readonly HashSet<(PeerId Author, RoomEventId Message)> _deleted = [];
    private readonly Dictionary<(PeerId Author, RoomEventId Message), List<RoomEventId>> _edits = [];

    /// <summary>Whether the message, or the one that it edits, is deleted.</summary>
    public bool IsDeleted(RoomEvent message) =>
        _deleted.Contains((message.Author, message.Id))
        || RoomMessage.Of(message)?.Content is RoomContent.Edit edit && _deleted.Contains((message.Author, edit.Of));

    /// <summary>A stored event. Its consequences are stored as well.</summary>
    public void Restored(RoomEvent placed)
    {
        Note(placed);
        if (log.Forgotten.Contains(placed.Id))
        {
            _ = _deleted.Add((placed.Author, placed.Id));
        }
    }

    /// <summary>The user deletes a message with its edits on this peer only.</summary>
    public void Forget(RoomEvent message)
    {
        var key = (message.Author, message.Id);
        _ = _deleted.Add(key);
        Forget(message.Id);
        (_edits.GetValueOrDefault(key) ?? []).ForEach(Forget);
    }

    /// <summary>An event has got its place, or its body.</summary>
    public void Placed(RoomEvent placed)
    {
        Note(placed);
        switch (RoomMessage.Of(placed)?.Content)
        {
            case RoomContent.Delete delete when _deleted.Contains((placed.Author, delete.Of)):
                TakeBack(delete.Of, placed.Author, delete.Of);
                foreach (var edit in _edits.GetValueOrDefault((placed.Author, delete.Of)) ?? [])
                {
                    TakeBack(edit, placed.Author, delete.Of);
                }

                break;
            case RoomContent.Edit edit when _deleted.Contains((placed.Author, edit.Of)):
                Remove(placed.Id, placed.Author, edit.Of);
                break;
            case var _ when _deleted.Contains((placed.Author, placed.Id)):
                Remove(placed.Id, placed.Author, placed.Id);
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

    // A text that the user has deleted on this peer only may still wait for others, so its removal is said again.
    private void TakeBack(RoomEventId id, PeerId author, RoomEventId message)
    {
        Remove(id, author, message);
        if (log.Forgotten.Contains(id) && log.Find(id) is { } target && target.Author == author)
        {
            emit(new RoomEffect.Store(new RoomChange.BodyChanged(target.WithoutBody())));
        }
    }

    private void Remove(RoomEventId id, PeerId author, RoomEventId message)
    {
        // A delete stays, or the text that it deletes would be asked of others.
        if (
            log.Find(id) is { Body: not null, IsMembership: false } target
            && target.Author == author
            && RoomMessage.Of(target)?.Content is not RoomContent.Delete
        )
        {
            if (log.Forgotten.Contains(message))
            {
                Forget(id);
                return;
            }

            log.RemoveBody(id);
            emit(new RoomEffect.Store(new RoomChange.BodyChanged(target.WithoutBody())));
        }
    }
}
