using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Rooms;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>A member of a peer's room that the test runs itself, without another peer.</summary>
/// <param name="peer">The owner of the room.</param>
/// <param name="room">The id of the room.</param>
/// <param name="number">The number of the member's key in <see cref="RoomKeys"/>.</param>
internal sealed class ForgedMember(HostedPeer peer, RoomEventId room, int number)
{
    private readonly RoomMachine _machine = new(RoomKeys.Of(number), RoomSnapshot.Empty(room));

    private List<RoomEffect> _effects = [];

    public PeerId Id { get; } = RoomKeys.IdOf(number);

    /// <summary>The room as the peer knows it.</summary>
    public RoomLog PeerLog => peer.Services.GetRequiredService<RoomBook>().Find(room)!.Machine.Log;

    /// <summary>The owner invites the member, who joins under a name of its choice.</summary>
    public static async Task<ForgedMember> JoinAsync(HostedPeer owner, RoomEventId room, int number, string name)
    {
        var member = new ForgedMember(owner, room, number);
        await MixedRoom.ForgeAsync(owner, room.ToString(), machine => machine.Invite(member.Id));
        member.LearnMembership();
        await member.DoAsync(machine => machine.Join(name));
        return member;
    }

    /// <summary>Takes all membership events that the peer has.</summary>
    public void LearnMembership()
    {
        foreach (var node in PeerLog.Membership.Ordered)
        {
            _machine.Receive(PeerLog.State.Owner, node.Event, DateTimeOffset.UnixEpoch);
        }
    }

    /// <summary>Takes all events that the peer has.</summary>
    public void Learn()
    {
        LearnMembership();
        foreach (var id in PeerLog.Order)
        {
            _machine.Receive(PeerLog.State.Owner, PeerLog.Find(id)!, DateTimeOffset.UnixEpoch);
        }
    }

    /// <summary>Changes the room, also as the user interface would refuse it, and sends that to the peer.</summary>
    /// <param name="by">The member who passes it on; the member itself by default.</param>
    public async Task DoAsync(Func<RoomMachine, RoomRefusal?> act, PeerId? by = null)
    {
        Assert.Null(act(_machine));
        _ = _machine.TakeEffects(ref _effects);
        foreach (var send in _effects.OfType<RoomEffect.Send>().DistinctBy(send => send.Event.Id).ToList())
        {
            await ArriveAsync(send.Event, by);
        }
    }

    public Task SayAsync(string text, PeerId? by = null) =>
        DoAsync(machine => machine.Send(new RoomMessage(text, DateTimeOffset.UtcNow)), by);

    /// <summary>The peer receives an event.</summary>
    public Task ArriveAsync(RoomEvent roomEvent, PeerId? by = null) =>
        MixedRoom.ForgeAsync(peer, room.ToString(), machine =>
        {
            machine.Receive(by ?? Id, roomEvent, DateTimeOffset.UnixEpoch);
            return null;
        });
}
