using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>The messages of conversations and rooms with some words, the newest first. Not thread-safe.</summary>
internal sealed class MessageSearch(
    string words,
    MessageService messages,
    RoomSearchService rooms,
    TimeProvider timeProvider
)
{
    private readonly List<FoundText> _found = [];
    private SearchEnd _end;
    private SearchEnd _endInRooms;

    public string Words => words;

    public IReadOnlyList<FoundText> Found => _found;

    public bool HasMore => !_end.IsReached || !_endInRooms.IsReached;

    /// <summary>Whether older messages cannot be found yet.</summary>
    public bool IsIndexing { get; private set; }

    /// <summary>Finds the next ones. Takes up to a second in a large store.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    public void LoadMore(int count, CancellationToken cancellationToken = default)
    {
        var page = _end.IsReached ? new SearchPage([], null) : messages.Search(words, _end.Before, count);
        var inRooms = _endInRooms.IsReached
            ? new RoomSearchPage([], null)
            : rooms.Search(words, _endInRooms.Before, count, cancellationToken);
        IsIndexing |= page.Indexing;
        var taken = NewestFirst
            .Merge<FoundText>(
                [.. page.Messages.Select(message => new FoundText.InConversation(message))],
                [.. inRooms.Messages.Select(found => new FoundText.InRoom(found.Position, found.Message))],
                found => found.SentAt,
                timeProvider.GetUtcNow()
            )
            .Take(count)
            .ToList();
        _end = SearchEnd.After(
            [.. taken.OfType<FoundText.InConversation>().Select(found => found.Message.Position)],
            page.Messages.Count,
            page.Next,
            _end
        );
        _endInRooms = SearchEnd.After(
            [.. taken.OfType<FoundText.InRoom>().Select(found => found.Position)],
            inRooms.Messages.Count,
            inRooms.Next,
            _endInRooms
        );
        // A message is found again if it shows an earlier text than before.
        var shown = _found.Select(found => found.Key).ToHashSet();
        _found.AddRange(taken.Where(found => shown.Add(found.Key)));
    }

    /// <summary>Applies an event: a text that was deleted or changed is not shown any more.</summary>
    /// <returns>Whether anything has changed.</returns>
    public bool Apply(PeerEvent peerEvent) =>
        peerEvent switch
        {
            PeerEvent.MessageChanged { Message: var changed } => Replace(
                found => found is FoundText.InConversation { Message.Position: var at } && at == changed.Position,
                changed.IsRemoved ? null : new FoundText.InConversation(changed)
            ),
            PeerEvent.RoomMessageChanged { Message: var changed } => Replace(
                found => found is FoundText.InRoom { Message.Id: var id } && id == changed.Id,
                changed.IsRemoved || changed.IsCollapsed ? null : new FoundText.InRoom(0, changed)
            ),
            PeerEvent.RoomReordered { Deleted: { } deleted } => Replace(
                found => found is FoundText.InRoom { Message.Id: var id } && id == deleted,
                changed: null
            ),
            PeerEvent.RoomDeleted { Room.Id: var room } => _found.RemoveAll(found =>
                found is FoundText.InRoom { Message.Room.Id: var id } && id == room
            ) > 0,
            _ => false,
        };

    /// <summary>Messages were deleted on this side: one, or all with a peer.</summary>
    public void Delete(Username with, MessageKey? key) =>
        _ = _found.RemoveAll(found =>
            found is FoundText.InConversation { Message: var message }
            && message.With == with
            && (key is null || key == MessageKey.Of(message))
        );

    private bool Replace(Predicate<FoundText> isOld, FoundText? changed)
    {
        var index = _found.FindIndex(isOld);
        if (index < 0)
        {
            return false;
        }

        if (changed is null)
        {
            _found.RemoveAt(index);
        }
        else
        {
            _found[index] = changed;
        }

        return true;
    }

    /// <summary>How far one of the two searches has come.</summary>
    /// <param name="Before">The position at which it goes on; null at the beginning.</param>
    private readonly record struct SearchEnd(long? Before, bool IsReached)
    {
        /// <param name="taken">The positions that were taken of <paramref name="count"/> results.</param>
        /// <param name="next">Where the search goes on after these; null if there are no more.</param>
        public static SearchEnd After(IReadOnlyList<long> taken, int count, long? next, SearchEnd before) =>
            taken.Count == count ? new SearchEnd(next, next is null)
            : taken.Count > 0 ? new SearchEnd(taken[^1], false)
            : before;
    }
}

/// <summary>A message that a search has found.</summary>
internal abstract record FoundText
{
    private FoundText() { }

    public abstract DateTimeOffset? SentAt { get; }

    /// <summary>Tells it from others.</summary>
    public abstract string Key { get; }

    public sealed record InConversation(Message Message) : FoundText
    {
        public override DateTimeOffset? SentAt => Message.SentAt;

        public override string Key => Message.Position.ToString(CultureInfo.InvariantCulture);
    }

    public sealed record InRoom(long Position, RoomMessageView Message) : FoundText
    {
        public override DateTimeOffset? SentAt => Message.SentAt;

        public override string Key => Message.Id.ToString();
    }
}
