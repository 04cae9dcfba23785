using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Chat;

/// <summary>The newest messages of one conversation, in memory, each once. Not thread-safe: its session guards it.</summary>
/// <param name="capacity">Messages.</param>
/// <param name="maxBytes">Bytes of memory.</param>
internal sealed class ConversationHistory(int capacity, long maxBytes)
{
    private readonly Dictionary<long, Message> _byPosition = [];
    private readonly Dictionary<Guid, long> _positions = [];
    private long _first = 1;
    private long _next = 1;

    /// <summary>About the bytes of memory that the messages take.</summary>
    public long Bytes { get; private set; }

    /// <returns>The message with its position; null if its id is here already.</returns>
    public Message? Add(Guid id, Username from, Username with, string text, DateTimeOffset sentAt, MessageState state)
    {
        if (!_positions.TryAdd(id, _next))
            return null;

        var message = new Message(id, _next, from, with, text, sentAt, state);
        _byPosition.Add(_next++, message);
        Bytes += message.MemoryBytes;
        while (_byPosition.Count > capacity || Bytes > maxBytes)
            DropOldest();
        return message;
    }

    /// <summary>Forgets all messages; their positions are not given again.</summary>
    public void Clear()
    {
        while (_first < _next)
            DropOldest();
    }

    public Message? Find(Guid id) => _positions.TryGetValue(id, out var position) ? _byPosition[position] : null;

    public void SetState(Guid id, MessageState state)
    {
        if (_positions.TryGetValue(id, out var position))
            _byPosition[position] = _byPosition[position] with { State = state };
    }

    /// <summary>
    /// The oldest messages after <paramref name="after"/>, the newest before <paramref name="before"/>, or the newest;
    /// oldest first. An id that is not here any more counts as older than all.
    /// </summary>
    public MessagePage Page(Guid? after, Guid? before, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        if (after is { } start)
        {
            var from = _positions.TryGetValue(start, out var seen) ? seen + 1 : _first;
            var to = Math.Min(from + limit, _next);
            var page = Range(from, to);
            return new MessagePage(page, to < _next && page.Count > 0 ? page[^1].Id : null);
        }

        var end = _next;
        if (before is { } stop)
            end = _positions.GetValueOrDefault(stop, _first);
        var begin = Math.Max(end - limit, _first);
        var newest = Range(begin, end);
        return new MessagePage(newest, begin > _first && newest.Count > 0 ? newest[0].Id : null);
    }

    private void DropOldest()
    {
        _ = _byPosition.Remove(_first++, out var oldest);
        _ = _positions.Remove(oldest!.Id);
        Bytes -= oldest.MemoryBytes;
    }

    private List<Message> Range(long from, long to)
    {
        var messages = new List<Message>();
        for (var position = from; position < to; position++)
            messages.Add(_byPosition[position]);
        return messages;
    }
}
