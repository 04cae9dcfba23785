using System.Security.Cryptography;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>The machines of a room's members, without peers. The first is the owner's.</summary>
internal sealed class RoomOfMachines
{
    private List<RoomEffect> _effects = [];

    /// <param name="keys">One per member.</param>
    public RoomOfMachines(IReadOnlyList<ECDsa> keys)
    {
        var create = RoomMachine.Create(keys[0], "Room", history: 0, RandomNumberGenerator.GetBytes(16));
        Events.Add(create);
        Machines = [.. keys.Select(key => new RoomMachine(key, new RoomSnapshot(create.Id, [create], [], [])))];
        for (var number = 1; number < keys.Count; number++)
        {
            _ = Machines[0].Invite(PeerId.FromPublicKey(keys[number].ExportSubjectPublicKeyInfo()));
            _ = Distribute();
            _ = Machines[number].Join();
            _ = Distribute();
        }
    }

    public IReadOnlyList<RoomMachine> Machines { get; }

    /// <summary>All events that the members have made.</summary>
    public List<RoomEvent> Events { get; } = [];

    /// <summary>Takes all new events to all other members.</summary>
    /// <param name="areVerified">Whether each receiver parses them and checks their signatures.</param>
    /// <returns>How many events have arrived.</returns>
    public int Distribute(bool areVerified = false)
    {
        List<(int From, RoomEvent Event)> made = [];
        for (var from = 0; from < Machines.Count; from++)
        {
            _ = Machines[from].TakeEffects(ref _effects);
            foreach (var effect in _effects)
            {
                if (effect is RoomEffect.Store { Change: RoomChange.Added { IsUnsent: true, Event: var own } })
                {
                    made.Add((from, own));
                }
            }
        }

        var arrived = 0;
        foreach (var (from, own) in made)
        {
            Events.Add(own);
            var bytes = own.ToBytes();
            foreach (var other in Machines.Where((_, number) => number != from))
            {
                other.Receive(own.Author, areVerified ? RoomEvent.Verify(bytes) : own, DateTimeOffset.UnixEpoch);
                arrived++;
            }
        }

        return arrived;
    }
}
