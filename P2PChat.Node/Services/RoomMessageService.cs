using System.Text;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Services;

/// <summary>Sends, changes and reads the messages of rooms. Rooms are named as in <see cref="RoomService"/>.</summary>
public sealed class RoomMessageService
{
    private readonly SessionTable _sessions;
    private readonly SessionContext _context;
    private readonly RoomViews _views;
    private readonly RoomFinder _finder;
    private readonly RoomCommands _commands;
    private readonly LocalChanges _changes;

    internal RoomMessageService(
        SessionTable sessions,
        SessionContext context,
        RoomViews views,
        RoomFinder finder,
        RoomCommands commands,
        LocalChanges changes
    )
    {
        (_sessions, _context, _changes) = (sessions, context, changes);
        (_views, _finder, _commands) = (views, finder, commands);
    }

    /// <summary>How far the other members have read, as far as they have said so.</summary>
    public IReadOnlyDictionary<PeerId, RoomEventId> ReadBy(string room) =>
        _commands.Read(room, host => host.ReadBy.ToDictionary());

    /// <summary>Sends a message to all members.</summary>
    /// <param name="replyTo">The message that it replies to; null for none.</param>
    /// <param name="idempotencyKey">Another call with the same key and text returns the first call's message.</param>
    /// <exception cref="PeerException">The text is not valid, or this peer is not a member.</exception>
    public async Task<RoomMessageView> SendAsync(
        string room,
        string text,
        RoomEventId? replyTo = null,
        string? idempotencyKey = null
    )
    {
        var valid = Valid(text);
        var key = SendKey.Of(idempotencyKey, $"{replyTo} {text}");
        var stored = key is { } asked ? FindKey(room, asked.Key) : null;
        var sent = await _commands.RunAsync(work =>
        {
            var host = Member(work, room);
            // Before it is refused: it may have been sent, and have filled the room.
            if (key is { } used && (host.Keys.TryGet(used.Key, out var earlier) || stored is not null))
            {
                var (hash, message) = earlier.TextHash is null ? stored!.Value : earlier;
                return hash.AsSpan().SequenceEqual(used.TextHash)
                    ? _views.Of(host, message) ?? throw Refusals.UnknownMessage()
                    : throw Refusals.KeyReused();
            }

            var content = replyTo is { } target ? new RoomContent.Reply(Target(host, target).Event) : null;
            Send(host, new RoomMessage(valid, Now, content));
            var id = host.Machine.LastOwnMessage!.Value;
            if (key is { } first)
            {
                // The store has older ones.
                host.Keys.Remember(first.Key, (first.TextHash, id));
                work.Batch.AddKey(host.Id, first.Key, first.TextHash, id, Now);
            }

            host.ReadUpTo = id;
            work.Batch.SetRead(host.Id, id);
            return _views.Of(host, id)!;
        });
        _changes.PublishSent(sent);
        return sent;
    }

    /// <summary>Sets this user's reaction to a message, or removes it.</summary>
    /// <param name="emoji">One emoji; null to remove the reaction.</param>
    /// <exception cref="PeerException">It is not one emoji, or there is no such message.</exception>
    public Task<RoomMessageView> ReactAsync(string room, RoomEventId message, string? emoji) =>
        emoji is not null && !ContentRules.IsEmoji(emoji)
            ? throw Refusals.NotAnEmoji()
            : ChangeAsync(
                room,
                message,
                emoji is null ? "removed a reaction" : $"reacted {emoji}",
                host => new RoomContent.Reaction(Target(host, message).Event, emoji ?? "")
            );

    /// <summary>Replaces the text of a message that this user sent in the last 48 hours.</summary>
    /// <exception cref="PeerException">It is another user's, too old, or the text is not valid.</exception>
    public Task<RoomMessageView> EditAsync(string room, RoomEventId message, string text) =>
        ChangeAsync(room, message, Valid(text), host =>
            Own(host, message) is { SentAt: { } sentAt }
            && ContentRules.MayEdit(sentAt, _context.TimeProvider.GetUtcNow())
                ? new RoomContent.Edit(message)
                : throw Refusals.TooOldToEdit()
        );

    /// <summary>Deletes a message that this user sent, at all members.</summary>
    /// <exception cref="PeerException">It is another user's, or there is no such message.</exception>
    public Task<RoomMessageView> DeleteMessageAsync(string room, RoomEventId message) =>
        ChangeAsync(room, message, FallbackText.Deleted, host =>
        {
            _ = Own(host, message);
            return new RoomContent.Delete(message);
        });

    /// <summary>
    /// Reads messages: the oldest after <paramref name="after"/>, the newest before <paramref name="before"/>, or the
    /// newest.
    /// </summary>
    /// <exception cref="PeerException">There is no such message.</exception>
    public RoomMessagePage Page(string room, RoomEventId? after, RoomEventId? before, int limit) =>
        _commands.Read(room, host =>
        {
            if ((after ?? before) is { } start && !host.Machine.Timeline.Contains(start))
            {
                throw Refusals.UnknownMessage();
            }

            var timeline = host.Machine.Timeline;
            var rows =
                after is { } first ? timeline.After(first)
                : before is { } last ? timeline.Before(last)
                : timeline.Newest;
            var found = rows.Take(limit + 1).ToList();
            var people = _views.People;
            var page = found.Take(limit).Select(row => _views.Of(host, row, people)).ToList();
            if (after is null)
            {
                page.Reverse();
            }

            return new RoomMessagePage(page, found.Count > limit);
        });

    /// <exception cref="PeerException">There is no such message.</exception>
    public RoomMessageView FindMessage(string room, RoomEventId message) =>
        _commands.Read(room, host => _views.Of(host, message) ?? throw Refusals.UnknownMessage());

    /// <summary>Marks messages as read, all or up to one, and tells the members of a small room.</summary>
    /// <exception cref="PeerException">There is no such message.</exception>
    public async Task MarkReadAsync(string room, RoomEventId? upTo)
    {
        var (id, read, members) = await _commands.RunAsync(work =>
        {
            var host = work.Touch(_finder.Find(room));
            var timeline = host.Machine.Timeline;
            var last = upTo is { } given ? Existing(host, given).Event : timeline.Newest.FirstOrDefault()?.Event;
            var hadLate = last is { } read && host.Late.RemoveWhere(late => !timeline.IsAfter(late, read)) > 0;
            var isNewer = last is { } mark && (host.ReadUpTo is not { } before || timeline.IsAfter(mark, before));
            if (isNewer)
            {
                host.ReadUpTo = last;
                work.Batch.SetRead(host.Id, last!.Value);
            }

            if (isNewer || hadLate)
            {
                work.Changed.Add((host, IsMarkedUnread: false));
            }

            return (host.Id, isNewer ? last : null, isNewer ? Others(host) : []);
        });
        if (read is { } shown && members.Count < RoomLimits.ReadMarks && _context.Preferences.ReadReceipts)
        {
            Signal(members, new RoomSignal.Read(id, shown));
        }

        _changes.Publish();
    }

    /// <summary>Tells the members whether this user is typing, unless the user has turned that off.</summary>
    public void SetTyping(string room, bool active)
    {
        var (id, members) = _commands.Read(room, host => (host.Id, Others(host)));
        if (_context.Preferences.Typing)
        {
            Signal(members, new RoomSignal.Typing(id, active));
        }
    }

    private (byte[] TextHash, RoomEventId Message)? FindKey(string room, string key)
    {
        var id = _commands.Read(room, host => host.Id);
        return SessionTable.Guard(() => _context.Store.Rooms.FindKey(id, key));
    }

    private async Task<RoomMessageView> ChangeAsync(
        string room,
        RoomEventId message,
        string text,
        Func<RoomHost, RoomContent> contentOf
    )
    {
        var changed = await _commands.RunAsync(work =>
        {
            var host = Member(work, room);
            Send(host, new RoomMessage(text, Now, contentOf(host)));
            return _views.Of(host, message)!;
        });
        _changes.Publish();
        return changed;
    }

    private DateTimeOffset Now => _context.TimeProvider.GetUtcNow();

    private void Send(RoomHost host, RoomMessage message)
    {
        RoomCommands.ThrowIfBehind(host);
        // A delete makes space.
        if (message.Content is not RoomContent.Delete && _views.IsFull(host, message.ToBody().Length))
        {
            throw RoomRefusals.Of(RoomRefusal.TooLarge);
        }

        RoomCommands.ThrowIfRefused(host, host.Machine.Send(message));
    }

    private RoomHost Member(RoomWork work, string room)
    {
        var host = work.Touch(_finder.Find(room));
        return host.Standing switch
        {
            RoomStanding.Joined => host,
            RoomStanding.Invited => throw RoomRefusals.NotJoined(),
            _ => throw RoomRefusals.NotInRoom(),
        };
    }

    private static RoomRow Target(RoomHost host, RoomEventId message) =>
        host.Machine.Timeline.Find(message) is not { } row ? throw Refusals.UnknownMessage()
        : row.IsRemoved ? throw Refusals.MessageDeleted()
        : row;

    private static RoomRow Existing(RoomHost host, RoomEventId message) =>
        host.Machine.Timeline.Find(message) ?? throw Refusals.UnknownMessage();

    private static RoomRow Own(RoomHost host, RoomEventId message) =>
        Target(host, message) is var row && row.Author == host.Self ? row : throw Refusals.NotYourMessage();

    private static string Valid(string text) =>
        Encoding.UTF8.GetByteCount(text) is > 0 and <= RoomLimits.TextBytes ? text : throw Refusals.BadText();

    private static IReadOnlyList<PeerId> Others(RoomHost host) =>
        host.Standing == RoomStanding.Joined
            ?
            [
                .. host
                    .Machine.State.Members.Values.Where(one => one.HasJoined && one.Id != host.Self)
                    .Select(one => one.Id),
            ]
            : [];

    private void Signal(IReadOnlyList<PeerId> members, RoomSignal signal)
    {
        foreach (var member in members)
        {
            // A session with a link is in memory.
            _sessions.FindInMemory(member)?.Rooms.Signal(signal);
        }
    }
}
