using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Sessions;

/// <summary>
/// What a session's machine wants done, each effect behind the changes on which it stands. What goes out on a link or by
/// mail waits for the binding ones only: what the others may forget, the other side will say again. What is told to this
/// side's person, and the end of a mailbox's copy, wait for all: nobody says those again. Not thread-safe.
/// </summary>
internal sealed class OutputQueue
{
    private readonly Queue<Output> _outgoing = new();
    private readonly Queue<Output> _told = new();
    private long _order;

    public int Count => _outgoing.Count + _told.Count;

    /// <param name="binding">Ticket of the last change that is binding.</param>
    /// <param name="last">Ticket of the last change of any kind.</param>
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
            _told.Enqueue(new Output(++_order, last, effect));
        }
    }

    /// <summary>Of those whose changes are committed, the oldest.</summary>
    public SessionEffect? Take(long committed)
    {
        var outgoing = _outgoing.TryPeek(out var first) && first.Ticket <= committed;
        var told = _told.TryPeek(out var second) && second.Ticket <= committed;
        if (!outgoing && !told)
        {
            return null;
        }

        var takesFirst = outgoing && (!told || first.Order < second.Order);
        return (takesFirst ? _outgoing : _told).Dequeue().Effect;
    }

    public void Clear()
    {
        _outgoing.Clear();
        _told.Clear();
    }

    private readonly record struct Output(long Order, long Ticket, SessionEffect Effect);
}
