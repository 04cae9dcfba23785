using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Services;

/// <summary>Tells what is known about a message of a room. Rooms are named as in <see cref="RoomService"/>.</summary>
public sealed class RoomInfoService
{
    private readonly SessionTable _sessions;
    private readonly SessionContext _context;
    private readonly RoomViews _views;
    private readonly RoomCommands _commands;

    internal RoomInfoService(SessionTable sessions, SessionContext context, RoomViews views, RoomCommands commands) =>
        (_sessions, _context, _views, _commands) = (sessions, context, views, commands);

    /// <exception cref="PeerException">
    /// There is no such room or message, or the store cannot be read.
    /// </exception>
    public RoomMessageInfo Of(string room, RoomEventId message)
    {
        var (info, id) = _commands.Read(room, host => (Of(host, message), host.Id));
        if (info.Message is { IsOwn: true, SentAt: not null })
        {
            return info;
        }

        var stored = SessionTable.Guard(() => _context.Store.Rooms.ArrivedAt(id, message));
        // A deleted message has lost its time together with its text.
        return info.Message.IsOwn
            ? info with
            {
                Message = info.Message with { SentAt = stored },
            }
            : info with
            {
                ReceivedAt = stored,
            };
    }

    private RoomMessageInfo Of(RoomHost host, RoomEventId message)
    {
        var (machine, timeline, people) = (host.Machine, host.Machine.Timeline, _views.People);
        var view = _views.Of(host, message, people) ?? throw Refusals.UnknownMessage();
        var others = machine
            .State.Members.Values.Where(member => member.HasJoined && member.Id != host.Self)
            .Select(member => member.Id)
            .Where(member => member != view.From.Key)
            .ToList();
        var readers = RoomViews.ReadersOf(host, message).ToHashSet();
        var known = machine
            .KnownTo(message)
            .Concat(others.Where(member => _sessions.FindInMemory(member)?.Rooms.Receipts.IsDelivered(message) == true))
            .ToHashSet();
        return new RoomMessageInfo(
            view,
            [.. timeline.VersionsOf(message).Select(one => new MessageVersion(one.Text, one.SentAt))],
            [
                .. timeline
                    .ChangesOf(message)
                    .Select(one => new RoomMessageChange(
                        ChangeOf(one.Message.Content),
                        people.Of(host, one.Author),
                        one.Message.SentAt
                    )),
            ]
        )
        {
            ReadBy = [.. others.Where(readers.Contains).Select(member => people.Of(host, member))],
            ReceivedBy =
            [
                .. others
                    .Where(member => known.Contains(member) && !readers.Contains(member))
                    .Select(member => people.Of(host, member)),
            ],
            // A session with messages that wait is in memory.
            WaitingFor = view.IsOwn
                ?
                [
                    .. others
                        .Where(member => _sessions.FindInMemory(member)?.Rooms.Receipts.IsWaiting(message) == true)
                        .Select(member => people.Of(host, member)),
                ]
                : [],
        };
    }

    private static MessageChange ChangeOf(RoomContent? content) =>
        content switch
        {
            RoomContent.Reaction => MessageChange.Reaction,
            RoomContent.Edit => MessageChange.Edit,
            _ => MessageChange.Delete,
        };
}
