using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Members of one room, each with a machine, between which events travel when the test says so.</summary>
internal sealed class RoomScene
{
    private readonly Dictionary<PeerId, RoomMachine> _machines = [];
    private readonly Dictionary<PeerId, int> _numbers = [];
    private readonly List<(PeerId From, RoomEffect Effect)> _travelling = [];
    private List<RoomEffect> _taken = [];

    /// <summary>A room of member 0, who is the owner, and others who have joined.</summary>
    public RoomScene(int members, int history = 0)
    {
        var create = RoomMachine.Create(RoomKeys.Of(0), "Hiking", history, new byte[16]);
        Room = create.Id;
        Add(0, new RoomSnapshot(Room, [create], [], []));
        for (var number = 1; number < members; number++)
        {
            Enter(number);
        }
    }

    public RoomEventId Room { get; }

    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What each member's machine has asked for, beyond what travels.</summary>
    public List<(int Member, RoomEffect Effect)> Effects { get; } = [];

    /// <summary>Pairs of members between which nothing travels now.</summary>
    public HashSet<(int, int)> Partitions { get; } = [];

    /// <summary>What travels, for a test that drops it.</summary>
    public List<(PeerId From, RoomEffect Effect)> Travelling => _travelling;

    public bool Has(int number) => _machines.ContainsKey(RoomKeys.IdOf(number));

    public RoomMachine this[int number] => _machines[RoomKeys.IdOf(number)];

    public RoomMachine Add(int number, RoomSnapshot? snapshot = null)
    {
        var id = RoomKeys.IdOf(number);
        _numbers[id] = number;
        return _machines[id] = new RoomMachine(RoomKeys.Of(number), snapshot ?? RoomSnapshot.Empty(Room));
    }

    /// <summary>The owner invites somebody, who joins.</summary>
    public void Enter(int number)
    {
        if (!_machines.ContainsKey(RoomKeys.IdOf(number)))
        {
            _ = Add(number);
        }

        Assert.Null(this[0].Invite(RoomKeys.IdOf(number)));
        Settle();
        Assert.Null(this[number].Join());
        Settle();
    }

    public void Say(int number, string text, RoomContent? content = null) =>
        Assert.Null(this[number].Send(new RoomMessage(text, Now, content)));

    /// <summary>Splits the members into those and the others.</summary>
    public void Split(params int[] side)
    {
        foreach (var one in _numbers.Values.Where(side.Contains))
        {
            foreach (var other in _numbers.Values.Where(number => !side.Contains(number)))
            {
                _ = Partitions.Add((one, other));
                _ = Partitions.Add((other, one));
            }
        }
    }

    public void Heal()
    {
        Partitions.Clear();
        foreach (var machine in _machines.Values)
        {
            foreach (var other in _machines.Keys)
            {
                machine.Reachable(other, Now);
            }
        }

        Settle();
    }

    /// <summary>Lets everything travel that can.</summary>
    public void Settle()
    {
        do
        {
            Collect();
            var index = _travelling.FindIndex(one => CanTravel(one.From, RecipientOf(one.Effect)));
            if (index < 0)
            {
                return;
            }

            var (from, effect) = _travelling[index];
            _travelling.RemoveAt(index);
            Arrive(_machines[RecipientOf(effect)], from, effect, Now);
        } while (true);
    }

    public void Pass(TimeSpan time)
    {
        Now += time;
        foreach (var machine in _machines.Values)
        {
            machine.Tick(Now);
        }

        Settle();
    }

    public static void Arrive(RoomMachine machine, PeerId from, RoomEffect effect, DateTimeOffset now)
    {
        switch (effect)
        {
            case RoomEffect.Send send:
                machine.Receive(from, send.Event, now);
                break;
            case RoomEffect.Answer answer:
                foreach (var roomEvent in answer.Events)
                {
                    machine.Receive(from, roomEvent, now);
                }

                break;
            case RoomEffect.SendHeads heads:
                machine.ReceiveHeads(from, heads.Heads, now);
                break;
            case RoomEffect.Ask ask:
                machine.ReceiveQuestion(from, ask.Ids, ask.Known, now);
                break;
            case RoomEffect.Unavailable unavailable:
                machine.ReceiveUnavailable(from, unavailable.Ids);
                break;
            default:
                break;
        }
    }

    /// <summary>To whom an effect travels; the default if it does not.</summary>
    public static PeerId RecipientOf(RoomEffect effect) =>
        effect switch
        {
            RoomEffect.Send send => send.To,
            RoomEffect.Answer answer => answer.To,
            RoomEffect.SendHeads heads => heads.To,
            RoomEffect.Ask ask => ask.To,
            RoomEffect.Unavailable unavailable => unavailable.To,
            _ => default,
        };

    /// <summary>The events that an effect sends.</summary>
    public static IEnumerable<RoomEvent> EventsOf(RoomEffect effect) =>
        effect switch
        {
            RoomEffect.Send send => [send.Event],
            RoomEffect.Answer answer => answer.Events,
            _ => [],
        };

    public string[] TextsOf(int number) =>
        [.. RoomTimeline.Of(this[number].Log).Where(row => row.Status == MessageStatus.Counts).Select(row => row.Text)];

    public bool HasMember(int at, int member) => this[at].State.IsMember(RoomKeys.IdOf(member));

    /// <summary>Every machine has the same members, and the same order of messages.</summary>
    public void AssertAgree(params int[] members)
    {
        foreach (var number in members)
        {
            Assert.Equal(Describe(this[members[0]].State), Describe(this[number].State));
            Assert.Equal(this[members[0]].Log.Order, this[number].Log.Order);
        }
    }

    public static IEnumerable<string> Describe(RoomState state) =>
        state
            .Members.Values.Select(member => $"{member.Id.Short} {member.HasJoined} {member.Role}")
            .Order()
            .Append($"owner {state.Owner.Short}");

    /// <summary>What a member would have stored by now.</summary>
    public RoomSnapshot Snapshot(int number)
    {
        var log = this[number].Log;
        return new RoomSnapshot(
            Room,
            [.. log.Membership.Ordered.Select(node => node.Event), .. log.Messages.Ordered.Select(node => node.Event)],
            [],
            []
        )
        {
            Hidden = [.. log.Hidden],
            Forgotten = [.. log.Forgotten],
        };
    }

    private void Collect()
    {
        foreach (var (id, machine) in _machines)
        {
            _ = machine.TakeEffects(ref _taken);
            foreach (var effect in _taken)
            {
                if (RecipientOf(effect) == default)
                {
                    Effects.Add((_numbers[id], effect));
                }
                else
                {
                    _travelling.Add((id, effect));
                }
            }
        }
    }

    private bool CanTravel(PeerId from, PeerId to) =>
        _machines.ContainsKey(to) && !Partitions.Contains((_numbers[from], _numbers[to]));
}
