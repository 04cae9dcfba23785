using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>Reads the oldest messages after one, the newest before one, or the newest of all.</summary>
internal delegate Task<MessagePage> ReadMessages(MessageKey? after, MessageKey? before, int limit);

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
    public async Task<bool> LoadAroundAsync(MessageKey key)
    {
        var older = await read(null, key, pageSize / 2);
        var last = older.Messages is [.., var before] ? before : null;
        var newer = await read(last is null ? default(MessageKey) : MessageKey.Of(last), null, pageSize);
        // Elsewhere if two keys of the other side have sent the last one's id.
        var following = newer.Messages.Where(message => message.Position > (last?.Position ?? 0)).ToList();
        _messages.Clear();
        _messages.AddRange(older.Messages);
        _messages.AddRange(following);
        (HasOlder, HasNewer) = (older.Next is not null, newer.Next is not null);
        return following.Exists(message => MessageKey.Of(message) == key);
    }

    /// <summary>Reads again what the window shows, or the newest messages if that is no longer there.</summary>
    public async Task ReloadAsync()
    {
        var isElsewhere = HasNewer && _messages.Count > 0;
        if (!isElsewhere || !await LoadAroundAsync(MessageKey.Of(_messages[_messages.Count / 2])))
        {
            await LoadNewestAsync();
        }
    }

    public async Task LoadOlderAsync()
    {
        if (!HasOlder || _messages.Count == 0)
        {
            return;
        }

        var page = await read(null, MessageKey.Of(_messages[0]), pageSize);
        var older = page.Messages.Where(message => message.Position < First).ToList();
        _messages.InsertRange(0, older);
        // None is older if two keys of the other side have sent that id: then this would never end.
        HasOlder = page.Next is not null && older.Count > 0;
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

        var page = await read(MessageKey.Of(_messages[^1]), null, pageSize);
        var newer = page
            .Messages.Where(message => message.Position > Last && !Contains(MessageKey.Of(message)))
            .ToList();
        if (newer.Count == 0 && page.Next is not null)
        {
            // Two keys of the other side have sent that id, and the page begins after the other one.
            await LoadNewestAsync();
            return;
        }

        _messages.AddRange(newer);
        HasNewer = page.Next is not null;
        DropOldest();
    }

    public bool Contains(MessageKey key) => _messages.FindLastIndex(message => MessageKey.Of(message) == key) >= 0;

    /// <summary>Loads messages up to one that was sent from elsewhere, unless the user has scrolled up.</summary>
    public async Task CatchUpAsync(Guid id)
    {
        var sent = new MessageKey(IsOwn: true, id);
        if (HasNewer || Contains(sent))
        {
            return;
        }

        HasNewer = true;
        await LoadNewerAsync();
        // The page already holds messages that are newer than this one.
        if (!Contains(sent))
        {
            await LoadNewestAsync();
        }
    }

    /// <summary>Appends a message that has just been received or sent.</summary>
    public void Add(Message message)
    {
        // While the user has scrolled up, newer messages are loaded when they scroll down.
        if (HasNewer || Contains(MessageKey.Of(message)))
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
            if (MessageKey.Of(_messages[i]) == MessageKey.Of(changed))
            {
                _messages[i] = changed;
            }
            else if (_messages[i].ReplyTo is { } quote && (quote.Id, quote.From) == (changed.Id, changed.From))
            {
                ShowQuoted(i, changed.IsRemoved ? null : changed.Text);
            }
        }
    }

    /// <summary>Removes a message that was deleted on this side or has disappeared, also where it is quoted.</summary>
    public void Remove(MessageKey key)
    {
        _ = _messages.RemoveAll(message => MessageKey.Of(message) == key);
        for (var i = 0; i < _messages.Count; i++)
        {
            if (Quotes(_messages[i], key))
            {
                ShowQuoted(i, text: null);
            }
        }
    }

    /// <summary>Shows in quotes that a message was not deleted, but has disappeared.</summary>
    public void NoteDisappeared(MessageKey key)
    {
        for (var i = 0; i < _messages.Count; i++)
        {
            if (_messages[i].ReplyTo is { } quote && Quotes(_messages[i], key))
            {
                _messages[i] = _messages[i] with
                {
                    ReplyTo = quote with { Text = null, IsDeleted = true, HasDisappeared = true },
                };
            }
        }
    }

    /// <param name="id">The id of a message that this user has sent.</param>
    /// <returns>Whether the message is in the window.</returns>
    public bool SetState(Guid id, MessageState state)
    {
        var index = _messages.FindLastIndex(message => MessageKey.Of(message) == new MessageKey(IsOwn: true, id));
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

    private static bool Quotes(Message message, MessageKey key) =>
        message.ReplyTo is { } quote && new MessageKey(IsOwn: quote.From != message.With, quote.Id) == key;

    // Positions of messages that have just arrived are unknown.
    private long First => _messages.Find(message => message.Position > 0)?.Position ?? long.MaxValue;

    private long Last => _messages.FindLast(message => message.Position > 0)?.Position ?? 0;

    // Null: it was deleted.
    private void ShowQuoted(int index, string? text) =>
        _messages[index] = _messages[index] with
        {
            ReplyTo = _messages[index].ReplyTo! with { Text = text, IsDeleted = text is null },
        };

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
