using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The effects of a session's state machine that wait for a commit. Frames and mail wait for binding changes only,
/// because the other side repeats anything that a crash undoes. Events, and the deletion of a mailbox's copy, wait for
/// all changes, because those are not repeated. Guarded by the session's lock.
/// </summary>
internal sealed class OutputQueue
{
    private readonly Queue<Output> _outgoing = new();
    private readonly Queue<Output> _local = new();
    private long _order;

    public int Count => _outgoing.Count + _local.Count;

    /// <param name="binding">The ticket of the last binding change.</param>
    /// <param name="last">The ticket of the last change of any kind.</param>
    public void Add(SessionEffect effect, long binding, long last)
    {
        if (
            effect
            is SessionEffect.Transmit
                or SessionEffect.Acknowledge
                or SessionEffect.Close
                or SessionEffect.CheckName
                or SessionEffect.Deposit
        )
        {
            _outgoing.Enqueue(new Output(++_order, binding, effect));
        }
        else
        {
            _local.Enqueue(new Output(++_order, last, effect));
        }
    }

    /// <summary>Takes the oldest effect whose changes are committed.</summary>
    /// <returns>Null if there is none.</returns>
    public SessionEffect? Take(long committed)
    {
        var outgoing = _outgoing.TryPeek(out var first) && first.Ticket <= committed;
        var local = _local.TryPeek(out var second) && second.Ticket <= committed;
        if (!outgoing && !local)
        {
            return null;
        }

        var takesFirst = outgoing && (!local || first.Order < second.Order);
        return (takesFirst ? _outgoing : _local).Dequeue().Effect;
    }

    public void Clear()
    {
        _outgoing.Clear();
        _local.Clear();
    }

    private readonly record struct Output(long Order, long Ticket, SessionEffect Effect);
}
