using System.Collections.Immutable;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Node.Storage.Search;

namespace P2PChat.Node.Services;

/// <summary>Searches and exports the messages of rooms.</summary>
public sealed class RoomSearchService
{
    // Other work on rooms goes on in between.
    private const int RowsAtOnce = 20;
    private const int ExportBatch = 200;

    /// <summary>
    /// How many texts each query of one search reads. A member can edit one message thousands of times, and each text
    /// is found, but most searches show what the first query finds.
    /// </summary>
    internal static readonly ImmutableArray<int> Batches = [200, 800, 3000, 6000];

    private readonly PeerStore _store;
    private readonly RoomBook _book;
    private readonly RoomViews _views;
    private readonly RoomCommands _commands;

    internal RoomSearchService(PeerStore store, RoomBook book, RoomViews views, RoomCommands commands) =>
        (_store, _book, _views, _commands) = (store, book, views, commands);

    /// <summary>
    /// Finds the newest messages of all rooms that contain all words, the newest first. The last word may be
    /// incomplete. Messages of blocked members are left out.
    /// </summary>
    /// <param name="before">The position from an earlier page; null for the first page.</param>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    public RoomSearchPage Search(string words, long? before, int limit, CancellationToken cancellationToken = default)
    {
        var query = SearchQuery.Parse(words);
        var (found, rows, people) = (new List<FoundRoomMessage>(), new FoundRows(), People());
        var rooms = _store.RoomsAfterIndexing();
        foreach (var size in query.IsEmpty ? [] : Batches)
        {
            var batch = SessionTable.Guard(() => rooms.Search(query, before, size));
            foreach (var events in batch.Chunk(RowsAtOnce))
            {
                cancellationToken.ThrowIfCancellationRequested();
                found.AddRange(Shown(events, rows, people));
                if (found.Count > limit)
                {
                    return new RoomSearchPage([.. found.Take(limit)], found[limit - 1].Position);
                }
            }

            if (batch.Count < size)
            {
                return new RoomSearchPage(found, null);
            }

            before = batch[^1].Position;
        }

        return new RoomSearchPage(found, query.IsEmpty ? null : before);
    }

    /// <summary>Enumerates all messages of a room, the oldest first.</summary>
    /// <exception cref="PeerException">There is no such room.</exception>
    public IEnumerable<RoomMessageView> Export(string room)
    {
        var (id, all) = _commands.Read(room, host => (host.Id.ToString(), host.Machine.Timeline.Shown));
        return all.Chunk(ExportBatch)
            .SelectMany(batch => _commands.Read(id, host =>
                {
                    var people = _views.People;
                    return batch.Select(message => _views.Of(host, message, people)).OfType<RoomMessageView>().ToList();
                }));
    }

    private RoomPeople People()
    {
        lock (_book.Gate)
        {
            return _views.People;
        }
    }

    private List<FoundRoomMessage> Shown(FoundEvent[] events, FoundRows rows, RoomPeople people)
    {
        lock (_book.Gate)
        {
            return
            [
                .. events
                    .Select(found => (found.Position, Message: ViewOf(found, rows, people)))
                    .Where(found => found.Message is { IsCollapsed: false })
                    .Select(found => new FoundRoomMessage(found.Position, found.Message!)),
            ];
        }
    }

    private RoomMessageView? ViewOf(FoundEvent found, FoundRows rows, RoomPeople people) =>
        _book.Find(found.Room) is { Standing: RoomStanding.Joined or RoomStanding.Left } room
        && rows.WithTextOf(room.Id, room.Machine.Timeline, found.Event) is { } row
            ? _views.Of(room, row, people)
            : null;
}
