using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>
/// Numbers the conversations and rooms at the prompt, and tracks the open one and the unread messages of each.
/// Thread-safe.
/// </summary>
/// <param name="readConversations">Reads the stored conversations.</param>
/// <param name="readMarks">Reads the marks of all conversations that have some.</param>
/// <param name="readRooms">Reads the rooms.</param>
public sealed class ConversationBook(
    Func<IReadOnlyList<ConversationOverview>> readConversations,
    Func<IReadOnlyDictionary<Username, ChatMarks>> readMarks,
    Func<IReadOnlyList<RoomView>> readRooms
)
{
    // Held while the store is read, so that an older state never replaces a newer one. Taken before _gate.
    private readonly Lock _refreshing = new();
    private readonly Lock _gate = new();
    private readonly List<ChatKey> _numbers = [];
    private Dictionary<Username, ConversationOverview> _conversations = [];
    private IReadOnlyDictionary<Username, ChatMarks> _marks = new Dictionary<Username, ChatMarks>();
    private Dictionary<string, NamedRoom> _rooms = [];

    // Also of rooms that were deleted, one of which may be open.
    private readonly Dictionary<string, string> _roomNames = [];
    private ChatKey? _open;
    private int _isRefreshing;

    public ChatKey? Open
    {
        get
        {
            lock (_gate)
            {
                return _open;
            }
        }
    }

    /// <summary>All conversations and rooms, in the order of their numbers.</summary>
    public IReadOnlyList<NumberedConversation> All
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _numbers
                        .Select((key, index) => Describe(index + 1, key))
                        // A room that was deleted keeps its number, which no other gets.
                        .Where(one => one.IsOpen || one is { Chat: ChatKey.Contact } or { Room: not null }),
                ];
            }
        }
    }

    public bool IsMuted(Username name)
    {
        lock (_gate)
        {
            return _marks.GetValueOrDefault(name, ChatMarks.None).Muted;
        }
    }

    /// <summary>The name of a conversation or a room, for people.</summary>
    public string NameOf(ChatKey key)
    {
        lock (_gate)
        {
            return Name(key);
        }
    }

    /// <summary>Finds a room by its name or id as it is typed; null if there is none, or more than one.</summary>
    public ChatKey? FindRoom(string typed)
    {
        lock (_gate)
        {
            NamedRoom[] rooms = [.. _rooms.Values];
            return RoomLookup.Match([.. rooms.Select(room => room.Label)], typed) is [var index]
                ? rooms[index].Key
                : null;
        }
    }

    /// <summary>Writes the commands in a sentence of this program as they are typed now.</summary>
    public string Advise(string sentence) => Open is null ? sentence : SlashedCommands.In(sentence);

    /// <summary>Opens a conversation or a room.</summary>
    /// <param name="chat">Null to leave the open one.</param>
    public void Enter(ChatKey? chat)
    {
        lock (_gate)
        {
            if (chat is not null)
            {
                _ = Add(chat);
            }

            _open = chat;
        }
    }

    /// <summary>Returns the number of a conversation or room, and gives it the next one if it has none.</summary>
    public int NumberOf(ChatKey chat)
    {
        lock (_gate)
        {
            return Add(chat);
        }
    }

    public ChatKey? Find(int number)
    {
        lock (_gate)
        {
            return number >= 1 && number <= _numbers.Count ? _numbers[number - 1] : null;
        }
    }

    /// <summary>Finds the next one with unread messages, after the open one and then from the first.</summary>
    public ChatKey? FindNextUnread()
    {
        var all = All;
        var open = all.FirstOrDefault(one => one.IsOpen)?.Number ?? 0;
        return all.Where(one => one.Unread > 0 && !one.IsOpen)
            .OrderBy(one => one.Number < open)
            .ThenBy(one => one.Number)
            .FirstOrDefault()
            ?.Chat;
    }

    /// <summary>
    /// Reads the conversations, the rooms and their unread messages. New ones are numbered, the latest first.
    /// </summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public void Refresh()
    {
        lock (_refreshing)
        {
            Apply(readConversations(), readMarks(), NamedRoom.Of(readRooms()));
        }
    }

    /// <summary>Refreshes in the background. Calls that come while one waits are combined.</summary>
    /// <param name="refreshed">Called afterwards.</param>
    public void RefreshSoon(Action refreshed)
    {
        if (Interlocked.Exchange(ref _isRefreshing, 1) != 0)
        {
            return;
        }

        _ = Task.Run(() =>
        {
            // Reset first, because a change during the read needs another one.
            Volatile.Write(ref _isRefreshing, 0);
            try
            {
                Refresh();
            }
            catch (Exception exception) when (exception is PeerException or ObjectDisposedException)
            {
                // The peer is shutting down, or commands report that the store cannot be read.
                return;
            }

            refreshed();
        });
    }

    private void Apply(
        IReadOnlyList<ConversationOverview> stored,
        IReadOnlyDictionary<Username, ChatMarks> marks,
        IReadOnlyList<NamedRoom> rooms
    )
    {
        lock (_gate)
        {
            var chats = stored
                .Where(one => one.Accepted || one.LastPosition > 0)
                .OrderByDescending(one => one.LastPosition)
                .Select(one => (Chat: (ChatKey)new ChatKey.Contact(one.With), At: one.LastAt))
                .Concat(rooms.Select(room => (Chat: (ChatKey)room.Key, At: room.View.Last?.SentAt)));
            foreach (var (chat, _) in chats.OrderByDescending(chat => chat.At))
            {
                _ = Add(chat);
            }

            _marks = marks;
            _conversations = stored.ToDictionary(one => one.With);
            _rooms = rooms.ToDictionary(room => room.Key.Id);
            foreach (var room in rooms)
            {
                _roomNames[room.Key.Id] = room.Name;
            }
        }
    }

    // The rest is called with _gate held.
    private NumberedConversation Describe(int number, ChatKey key) =>
        key switch
        {
            ChatKey.Contact { Name: var name } => new(
                number,
                key,
                name.Value,
                _conversations.GetValueOrDefault(name)?.Unread ?? 0,
                IsOpen: key == _open,
                _marks.GetValueOrDefault(name, ChatMarks.None)
            )
            {
                LastAt = _conversations.GetValueOrDefault(name)?.LastAt,
            },
            _ => new NumberedConversation(
                number,
                key,
                Name(key),
                RoomOf(key)?.Unread ?? 0,
                IsOpen: key == _open,
                ChatMarks.None
            )
            {
                Room = RoomOf(key),
                LastAt = RoomOf(key)?.Last?.SentAt,
            },
        };

    private RoomView? RoomOf(ChatKey key) =>
        key is ChatKey.Room { Id: var id } ? _rooms.GetValueOrDefault(id)?.View : null;

    private string Name(ChatKey key) =>
        key switch
        {
            ChatKey.Contact { Name: var name } => name.Value,
            ChatKey.Room { Id: var id } => _roomNames.GetValueOrDefault(id, NamedRoom.ShortId(id)),
            _ => throw new ArgumentOutOfRangeException(nameof(key)),
        };

    private int Add(ChatKey chat)
    {
        if (_numbers.IndexOf(chat) is var index and >= 0)
        {
            return index + 1;
        }

        _numbers.Add(chat);
        return _numbers.Count;
    }
}
