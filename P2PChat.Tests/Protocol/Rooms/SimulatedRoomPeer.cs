using P2PChat.Node.Rooms;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>A member's machine with its store, which can crash between any two effects.</summary>
internal sealed class SimulatedRoomPeer(int number, RoomEventId room)
{
    private readonly Queue<RoomEffect> _waiting = [];
    private Dictionary<RoomEventId, (RoomEvent Event, bool IsUnsent)> _stored = [];
    private HashSet<RoomEventId> _hidden = [];
    private List<RoomEffect> _taken = [];
    private RoomMachine _machine = null!;
    private (Dictionary<RoomEventId, (RoomEvent, bool)> Stored, HashSet<RoomEventId> Hidden)? _backup;
    private RoomCatchUp? _catchUp;

    public int Number => number;

    public PeerId Id { get; } = RoomKeys.IdOf(number);

    public bool IsUp { get; private set; }

    public RoomMachine Machine => IsUp ? _machine : throw new InvalidOperationException($"Member {number} is down.");

    /// <summary>What the user sees, built from effects alone.</summary>
    public List<RoomEventId> Shown { get; } = [];

    public Dictionary<RoomEventId, MessageStatus> Marks { get; } = [];

    /// <summary>Own messages that were stored, so that they must reach the others.</summary>
    public Queue<RoomEvent> Committed { get; } = [];

    /// <summary>Messages whose text was removed from the store, so that it must not wait to be sent either.</summary>
    public Queue<RoomEventId> Erased { get; } = [];

    /// <summary>Authors that were reported to have forked.</summary>
    public HashSet<PeerId> Forked { get; } = [];

    /// <summary>Whom its user has blocked.</summary>
    public HashSet<PeerId> Blocked { get; } = [];

    public bool HasEffects => _waiting.Count > 0;

    /// <summary>Whether it was restored, and lacks what most of the others have.</summary>
    public bool IsBehind
    {
        get
        {
            if (_catchUp?.IsDone(_machine.Log, Id) == true)
            {
                _catchUp = null;
            }

            return _catchUp is not null && _machine.IsMember;
        }
    }

    /// <summary>The messages whose bodies are stored.</summary>
    public IEnumerable<RoomEventId> Texts =>
        _stored
            .Values.Select(one => one.Event)
            .Where(one => one is { IsMembership: false, Body: not null })
            .Select(one => one.Id);

    /// <summary>Whether a message is stored without its body.</summary>
    public bool HasErased(RoomEventId id) =>
        _stored.TryGetValue(id, out var stored) && stored.Event is { IsMembership: false, Body: null };

    public void Start(params RoomEvent[] first)
    {
        foreach (var roomEvent in first)
        {
            _stored[roomEvent.Id] = (roomEvent, false);
        }

        _machine = new RoomMachine(
            RoomKeys.Of(number),
            new RoomSnapshot(
                room,
                [.. _stored.Values.Select(one => one.Event)],
                [.. _stored.Values.Where(one => one.IsUnsent).Select(one => one.Event.Id)],
                []
            )
            {
                Hidden = [.. _hidden],
            }
        );
        _machine.SetBlocked(Blocked);
        IsUp = true;
        Shown.Clear();
        Shown.AddRange(
            _machine.Log.Order.Where(id => !_hidden.Contains(id) && _machine.Log.Find(id)!.Kind != RoomEventKind.Change)
        );
        Marks.Clear();
        foreach (var id in Shown.Where(id => _machine.Log.StatusOf(id) == MessageStatus.AfterRemoval))
        {
            Marks[id] = MessageStatus.AfterRemoval;
        }
    }

    /// <summary>Ends without executing the effects that wait.</summary>
    public void Crash()
    {
        IsUp = false;
        _waiting.Clear();
        _ = _machine.TakeEffects(ref _taken);
    }

    /// <summary>Keeps a copy of what is stored, as a backup does.</summary>
    public void BackUp() => _backup = (new(_stored), [.. _hidden]);

    /// <summary>
    /// Goes back to the last copy, and writes nothing until it has what the others have. Without a copy it loses the
    /// last two messages of its own, and does not notice.
    /// </summary>
    public void Restore()
    {
        var own = _machine.Log.Messages.Of(Id).TakeLast(2).Select(node => node.Event.Id).ToList();
        Crash();
        if (_backup is { } backup)
        {
            (_stored, _hidden, _catchUp) = (new(backup.Stored), [.. backup.Hidden], new RoomCatchUp());
        }
        else
        {
            own.ForEach(id => _stored.Remove(id));
        }
    }

    /// <summary>A member has said what it has.</summary>
    public void OnHeads(PeerId from, IReadOnlyList<RoomEventId> heads) => _catchUp?.OnHeads(from, heads);

    public void Collect()
    {
        if (IsUp && _machine.TakeEffects(ref _taken))
        {
            _taken.ForEach(_waiting.Enqueue);
        }
    }

    /// <summary>Executes one effect.</summary>
    /// <returns>The effect, if it is for another member.</returns>
    public RoomEffect? Execute()
    {
        var effect = _waiting.Dequeue();
        switch (effect)
        {
            case RoomEffect.Store store:
                Store(store.Change);
                break;
            case RoomEffect.Show show:
                // A reordering before has shown it already.
                _ = Shown.Remove(show.Id);
                Shown.Insert(PlaceAfter(show.After), show.Id);
                break;
            case RoomEffect.Move move:
                _ = Shown.Remove(move.Id);
                Shown.Insert(PlaceAfter(move.After), move.Id);
                break;
            case RoomEffect.Reorder:
                Shown.Clear();
                Shown.AddRange(_machine.Timeline.Shown);
                break;
            case RoomEffect.Hide hide:
                _ = Shown.Remove(hide.Id);
                break;
            case RoomEffect.Report { What: RoomReport.Forked forked }:
                _ = Forked.Add(forked.Fork.Author);
                break;
            case RoomEffect.Mark mark:
                Marks[mark.Id] = mark.Status;
                break;
            default:
                return RoomScene.RecipientOf(effect) == default ? null : effect;
        }

        return null;
    }

    private int PlaceAfter(RoomEventId? id) => id is { } before ? Shown.IndexOf(before) + 1 : 0;

    private void Store(RoomChange change)
    {
        switch (change)
        {
            case RoomChange.Added added:
                _stored[added.Event.Id] = (added.Event, added.IsUnsent);
                if (added.IsUnsent && !added.Event.IsMembership)
                {
                    Committed.Enqueue(added.Event);
                }

                if (added.IsHidden)
                {
                    _ = _hidden.Add(added.Event.Id);
                }
                else
                {
                    _ = _hidden.Remove(added.Event.Id);
                }

                break;
            case RoomChange.Shown shown:
                _ = _hidden.Remove(shown.Id);
                break;
            case RoomChange.Sent sent:
                _stored[sent.Id] = (_stored[sent.Id].Event, false);
                break;
            case RoomChange.Dropped dropped:
                _ = _stored.Remove(dropped.Id);
                break;
            case RoomChange.BodyChanged body:
                _stored[body.Event.Id] = (body.Event, _stored[body.Event.Id].IsUnsent);
                if (body.Event.Body is null)
                {
                    Erased.Enqueue(body.Event.Id);
                }

                break;
            default:
                break;
        }
    }
}
