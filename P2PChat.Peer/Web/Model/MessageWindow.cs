using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>Reads messages: the oldest after one, the newest before one, or the newest.</summary>
internal delegate Task<MessagePage> ReadMessages(Guid? after, Guid? before, int limit);

/// <summary>
/// The part of a conversation that the page holds: a stretch without gaps, of bounded length, which moves as the person
/// scrolls. Not thread-safe: its page's.
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

    /// <summary>Half a page before a message, the message, and a page after it.</summary>
    /// <returns>Whether it is here.</returns>
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

    public bool Has(Guid id) => _messages.FindLastIndex(message => message.Id == id) >= 0;

    /// <summary>A message of our own, written elsewhere, is the newest or near it: loads up to it, unless the person reads further up.</summary>
    public async Task CatchUpAsync(Guid id)
    {
        if (HasNewer || Has(id))
        {
            return;
        }

        HasNewer = true;
        await LoadNewerAsync();
        // It is before others that have come to this page meanwhile.
        if (!Has(id))
        {
            await LoadNewestAsync();
        }
    }

    /// <summary>A message has come, or gone out.</summary>
    public void Add(Message message)
    {
        // What comes while the person reads further up is loaded when they scroll down to it.
        if (HasNewer || _messages.Exists(one => one.Id == message.Id))
        {
            return;
        }

        _messages.Add(message);
        DropOldest();
    }

    /// <summary>A message has been deleted.</summary>
    public void Remove(Guid id) => _messages.RemoveAll(message => message.Id == id);

    /// <returns>Whether the message is here.</returns>
    public bool SetState(Guid id, MessageState state)
    {
        var index = _messages.FindLastIndex(message => message.Id == id);
        if (index < 0)
        {
            return false;
        }

        _messages[index] = _messages[index] with { State = state };
        // Who has read one has read what came before it.
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
