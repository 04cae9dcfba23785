using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>A conversation with its number at the prompt.</summary>
/// <param name="Number">From 1. It stays the same while the peer runs.</param>
/// <param name="Marks">Whether it is muted or archived.</param>
public sealed record NumberedConversation(int Number, Username With, int Unread, bool IsOpen, ChatMarks Marks)
{
    /// <summary>Whether the status row shows it.</summary>
    public bool IsShown => IsOpen || Unread > 0 || !Marks.Archived;
}

/// <summary>
/// Numbers the conversations at the prompt, and tracks the open one and the unread messages of each. Thread-safe.
/// </summary>
/// <param name="readConversations">Reads the stored conversations.</param>
/// <param name="readMarks">Reads the marks of all conversations that have some.</param>
public sealed class ConversationBook(
    Func<IReadOnlyList<ConversationOverview>> readConversations,
    Func<IReadOnlyDictionary<Username, ChatMarks>> readMarks
)
{
    // Held while the store is read, so that an older state never replaces a newer one. Taken before _gate.
    private readonly Lock _refreshing = new();
    private readonly Lock _gate = new();
    private readonly List<Username> _names = [];
    private Dictionary<Username, int> _unread = [];
    private IReadOnlyDictionary<Username, ChatMarks> _marks = new Dictionary<Username, ChatMarks>();
    private Username? _open;
    private int _isRefreshing;

    public Username? Open
    {
        get
        {
            lock (_gate)
            {
                return _open;
            }
        }
    }

    /// <summary>All conversations, in the order of their numbers.</summary>
    public IReadOnlyList<NumberedConversation> All
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _names.Select(
                        (name, index) =>
                            new NumberedConversation(
                                index + 1,
                                name,
                                _unread.GetValueOrDefault(name),
                                IsOpen: name == _open,
                                _marks.GetValueOrDefault(name, ChatMarks.None)
                            )
                    ),
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

    /// <summary>Writes the commands in a sentence of this program as they are typed now.</summary>
    public string Advise(string sentence) => Open is null ? sentence : SlashedCommands.In(sentence);

    /// <summary>Opens a conversation.</summary>
    /// <param name="with">Null to leave the open one.</param>
    public void Enter(Username? with)
    {
        lock (_gate)
        {
            if (with is { } name)
            {
                _ = Add(name);
            }

            _open = with;
        }
    }

    /// <summary>Returns the number of a conversation, and gives it the next one if it has none.</summary>
    public int NumberOf(Username name)
    {
        lock (_gate)
        {
            return Add(name);
        }
    }

    public Username? Find(int number)
    {
        lock (_gate)
        {
            return number >= 1 && number <= _names.Count ? _names[number - 1] : null;
        }
    }

    /// <summary>Finds the next conversation with unread messages, after the open one and then from the first.</summary>
    public Username? FindNextUnread()
    {
        var all = All;
        var open = all.FirstOrDefault(one => one.IsOpen)?.Number ?? 0;
        return all.Where(one => one.Unread > 0 && !one.IsOpen)
            .OrderBy(one => one.Number < open)
            .ThenBy(one => one.Number)
            .FirstOrDefault()
            ?.With;
    }

    /// <summary>Reads the conversations and their unread messages. New ones are numbered, the latest first.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public void Refresh()
    {
        lock (_refreshing)
        {
            Apply(readConversations(), readMarks());
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

    private void Apply(IReadOnlyList<ConversationOverview> stored, IReadOnlyDictionary<Username, ChatMarks> marks)
    {
        lock (_gate)
        {
            foreach (
                var one in stored
                    .Where(one => one.Accepted || one.LastPosition > 0)
                    .OrderByDescending(one => one.LastPosition)
            )
            {
                _ = Add(one.With);
            }

            _marks = marks;
            _unread = stored.Where(one => one.Unread > 0).ToDictionary(one => one.With, one => one.Unread);
        }
    }

    // Called with _gate held.
    private int Add(Username name)
    {
        if (_names.IndexOf(name) is var index and >= 0)
        {
            return index + 1;
        }

        _names.Add(name);
        return _names.Count;
    }
}
