using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>Makes this peer's own events: names what it knows of the room, and signs.</summary>
internal sealed class RoomComposer(ECDsa key, PeerId self, RoomLog log)
{
    private const int NonceSize = 16;

    /// <summary>The first event of a new room.</summary>
    /// <param name="history">How many messages from before the join a newcomer gets.</param>
    public static RoomEvent Create(ECDsa key, string name, int history, ReadOnlySpan<byte> nonce, string username)
    {
        if (nonce.Length != NonceSize)
        {
            throw new ArgumentException($"A room's nonce must have {NonceSize} bytes.", nameof(nonce));
        }

        var body = new RoomBody
        {
            Name = name,
            History = (uint)Math.Clamp(history, 0, RoomLimits.History),
            Nonce = ByteString.CopyFrom(nonce),
            Username = username,
        };
        return RoomEvent.Sign(new EventHeader { Kind = (uint)RoomEventKind.Create }, body.ToByteArray(), key);
    }

    public RoomEvent Membership(RoomEventKind kind, PeerId? subject, RoomRole role, RoomBody body)
    {
        var header = Header(kind, log.Membership.Ordered.LastOrDefault(IsOwn)?.Event.Id);
        header.Parents.AddRange(MembershipHeads(subject).Select(Bytes));
        if (subject is { } about)
        {
            header.Subject = ByteString.CopyFrom(about.Bytes);
        }

        header.Role = (uint)role;
        if (kind is RoomEventKind.Remove or RoomEventKind.Leave)
        {
            header.Seen.AddRange(LastMessagesOf(subject ?? self).Select(Bytes));
        }

        return RoomEvent.Sign(header, body.ToByteArray(), key);
    }

    public RoomEvent Message(RoomMessage message)
    {
        // After a restore, own messages come back from others and may still wait.
        var previous = log.Pending.LastMessageOf(self)?.Id
            ?? LastMessagesOf(self).Cast<RoomEventId?>().FirstOrDefault();
        var header = Header(message.Kind, previous);
        header.Heads.AddRange(MembershipHeads(subject: null).Select(Bytes));
        header.Parents.AddRange(MessageHeads().Select(Bytes));
        return RoomEvent.Sign(header, message.ToBody(), key);
    }

    private EventHeader Header(RoomEventKind kind, RoomEventId? previous) =>
        new()
        {
            Kind = (uint)kind,
            Room = Bytes(log.Room),
            Previous = previous is { } id ? Bytes(id) : ByteString.Empty,
        };

    // If there are too many, those that know most of this peer's rights and the subject's, and then of the other
    // members. Forks that change nothing do not keep a newcomer out of what others name.
    private IEnumerable<RoomEventId> MembershipHeads(PeerId? subject)
    {
        List<MembershipNode> rest =
        [
            .. log.Membership.Heads.OrderByDescending(head => head.Lamport).ThenBy(head => head.Event.Id),
        ];
        if (rest.Count <= RoomLimits.Parents)
        {
            return rest.Select(head => head.Event.Id);
        }

        var members = log.State.Members;
        HashSet<MembershipNode> first = [.. GroundsOf(self), .. subject is { } about ? GroundsOf(about) : []];
        HashSet<MembershipNode> others = [.. members.Keys.SelectMany(GroundsOf)];
        List<RoomEventId> chosen = [];
        while (chosen.Count < RoomLimits.Parents)
        {
            var best = rest.MaxBy(head => first.Count(head.Knows) * members.Count * 2 + others.Count(head.Knows))!;
            _ = rest.Remove(best);
            _ = first.RemoveWhere(best.Knows);
            _ = others.RemoveWhere(best.Knows);
            chosen.Add(best.Event.Id);
        }

        return chosen;
    }

    private IReadOnlyList<MembershipNode> GroundsOf(PeerId peer) =>
        log.State.Members.GetValueOrDefault(peer)?.Grounds ?? [];

    // What does not count is not passed on by naming it.
    private IEnumerable<RoomEventId> MessageHeads()
    {
        var marks = log.Removals;
        return log
            .Messages.Heads.Select(id => log.Messages.Find(id)!)
            .Where(node => marks.StatusOf(node) == MessageStatus.Counts)
            .OrderByDescending(node => node.Lamport)
            .ThenBy(node => node.Event.Id)
            .Take(RoomLimits.Parents)
            .Select(node => node.Event.Id);
    }

    /// <summary>The ends of an author's chains, the last in order first.</summary>
    private IEnumerable<RoomEventId> LastMessagesOf(PeerId author) =>
        log
            .Messages.EndsOf(author)
            .OrderByDescending(node => node.Lamport)
            .ThenBy(node => node.Event.Id)
            .Take(RoomLimits.Parents)
            .Select(node => node.Event.Id);

    private bool IsOwn(MembershipNode node) => node.Event.Author == self;

    private static ByteString Bytes(RoomEventId id) => ByteString.CopyFrom(id.ToBytes());
}
