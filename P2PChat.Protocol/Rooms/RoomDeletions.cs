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

    /// <summary>Whether the author has deleted the message, or the one that it edits.</summary>
    public bool IsDeleted(RoomEvent message) =>
        _deleted.Contains((message.Author, message.Id))
        || RoomMessage.Of(message)?.Content is RoomContent.Edit edit && _deleted.Contains((message.Author, edit.Of));

    /// <summary>A stored event. Its consequences are stored as well.</summary>
    public void Restored(RoomEvent placed) => Note(placed);

    /// <summary>An event has got its place, or its body.</summary>
    public void Placed(RoomEvent placed)
    {
        Note(placed);
        switch (RoomMessage.Of(placed)?.Content)
        {
            case RoomContent.Delete delete when _deleted.Contains((placed.Author, delete.Of)):
                Remove(delete.Of, placed.Author);
                foreach (var edit in _edits.GetValueOrDefault((placed.Author, delete.Of)) ?? [])
                {
                    Remove(edit, placed.Author);
                }

                break;
            case RoomContent.Edit edit when _deleted.Contains((placed.Author, edit.Of)):
            case var _ when _deleted.Contains((placed.Author, placed.Id)):
                Remove(placed.Id, placed.Author);
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

    private void Remove(RoomEventId id, PeerId author)
    {
        // A delete stays, or the text that it deletes would be asked of others.
        if (
            log.Find(id) is { Body: not null, IsMembership: false } target
            && target.Author == author
            && RoomMessage.Of(target)?.Content is not RoomContent.Delete
        )
        {
            log.RemoveBody(id);
            emit(new RoomEffect.Store(new RoomChange.BodyChanged(target.WithoutBody())));
        }
    }
}
