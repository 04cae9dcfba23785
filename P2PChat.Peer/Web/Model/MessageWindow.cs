using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>Reads the oldest messages after one, the newest before one, or the newest of all.</summary>
internal delegate Task<MessagePage> ReadMessages(Guid? after, Guid? before, int limit);

/// <summary>
/// The part of a conversation that a page holds: a limited number of messages, which moves as the user scrolls.
/// Not thread-safe.
/// </summary>
internal sealed class MessageWindow(ReadMessages read, int pageSize = 50, int capacity = 200)
{
    private readonly List<Message> _messages = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Message> Messages => _messages;

    public bool HasOlder { get; private set; }

    public bool HasNewer { get; private set; }

    public async Task LoadNewestAsync()
    {
        var page = await read(null, null, pageSize);
        _messages.Clear();
        _messages.AddRange(page.Messages);
        (HasOlder, HasNewer) = (page.Next is not null, false);
    }

    /// <summary>Loads a message with half a page before it and a page after it.</summary>
    /// <returns>Whether the message was found.</returns>
    public async Task<bool> LoadAroundAsync(Guid id)
    {
        var older = await read(null, id, pageSize / 2);
        var newer = await read(older.Messages is [.., var last] ? last.Id : Guid.Empty, null, pageSize);
        _messages.Clear();
        _messages.AddRange(older.Messages);
        _messages.AddRange(newer.Messages);
        (HasOlder, HasNewer) = (older.Next is not null, newer.Next is not null);
        return _messages.Exists(message => message.Id == id);
    }

    public async Task LoadOlderAsync()
    {
        if (!HasOlder || _messages.Count == 0)
        {
            return;
        }

        var page = await read(null, _messages[0].Id, pageSize);
        _messages.InsertRange(0, page.Messages);
        HasOlder = page.Next is not null;
        if (_messages.Count <= capacity)
        {
            return;
        }

        _messages.RemoveRange(capacity, _messages.Count - capacity);
        HasNewer = true;
    }

    public async Task LoadNewerAsync()
    {
        if (!HasNewer || _messages.Count == 0)
        {
            return;
        }

        var page = await read(_messages[^1].Id, null, pageSize);
        _messages.AddRange(page.Messages);
        HasNewer = page.Next is not null;
        DropOldest();
    }

    public bool Contains(Guid id) => _messages.FindLastIndex(message => message.Id == id) >= 0;

    /// <summary>Loads messages up to one that was sent from elsewhere, unless the user has scrolled up.</summary>
    public async Task CatchUpAsync(Guid id)
    {
        if (HasNewer || Contains(id))
        {
            return;
        }

        HasNewer = true;
        await LoadNewerAsync();
        // The page already holds messages that are newer than this one.
        if (!Contains(id))
        {
            await LoadNewestAsync();
        }
    }

    /// <summary>Appends a message that has just been received or sent.</summary>
    public void Add(Message message)
    {
        // While the user has scrolled up, newer messages are loaded when they scroll down.
        if (HasNewer || Contains(message.Id))
        {
            return;
        }

        _messages.Add(message);
        DropOldest();
    }

    /// <summary>Updates a message and all quotes of it in the window.</summary>
    public void Update(Message changed)
    {
        for (var i = 0; i < _messages.Count; i++)
        {
            if (_messages[i].Id == changed.Id && _messages[i].From == changed.From)
            {
                _messages[i] = changed;
            }
            else if (_messages[i].ReplyTo is { } quote && (quote.Id, quote.From) == (changed.Id, changed.From))
            {
                _messages[i] = _messages[i] with
                {
                    ReplyTo = quote with
                    {
                        Text = changed.IsRemoved ? null : changed.Text,
                        IsDeleted = changed.IsRemoved,
                    },
                };
            }
        }
    }

    public void Remove(Guid id) => _messages.RemoveAll(message => message.Id == id);

    /// <returns>Whether the message is in the window.</returns>
    public bool SetState(Guid id, MessageState state)
    {
        var index = _messages.FindLastIndex(message => message.Id == id);
        if (index < 0)
        {
            return false;
        }

        _messages[index] = _messages[index] with { State = state };
        // A read receipt covers all earlier messages.
        for (var i = index - 1; state == MessageState.Read && i >= 0; i--)
        {
            if (_messages[i].State == MessageState.Delivered)
            {
                _messages[i] = _messages[i] with { State = MessageState.Read };
            }
        }

        return true;
    }

    private void DropOldest()
    {
        if (_messages.Count <= capacity)
        {
            return;
        }

        _messages.RemoveRange(0, _messages.Count - capacity);
        HasOlder = true;
    }
}
