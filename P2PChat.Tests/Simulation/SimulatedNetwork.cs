using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// One link. In each direction frames wait to be written, acknowledgements first, and arrive in order. Cutting it loses
/// the last frames in flight, and each side learns of it at its own time.
/// </summary>
internal sealed class SimulatedLink(int id, SimulatedSession dialler, SimulatedSession answerer, LinkPath path)
{
    private readonly Direction _toDialler = new();
    private readonly Direction _toAnswerer = new();

    public int Id => id;

    /// <summary>The link's id on one side. Links may open in a different order than dialled.</summary>
    public int IdAt(SimulatedSession side) => side == dialler ? 2 * id : 2 * (id ^ 1) + 1;

    public bool IsCut { get; private set; }

    /// <summary>Whether the path has stopped carrying, which neither side knows yet.</summary>
    public bool IsStalled { get; private set; }

    public LinkPath Path => path;

    public SimulatedSession Dialler => dialler;

    public SimulatedSession Answerer => answerer;

    /// <summary>Whether nothing more can arrive.</summary>
    public bool IsOver => (_toDialler.IsOver || dialler.IsDead) && (_toAnswerer.IsOver || answerer.IsDead);

    public void Enqueue(SimulatedSession from, Frame frame)
    {
        if (From(from) is { IsClosed: false } direction && !IsCut)
        {
            direction.Unwritten.Enqueue(frame);
        }
    }

    public void Acknowledge(SimulatedSession from, Ack ack)
    {
        if (From(from) is { IsClosed: false } direction && !IsCut)
        {
            direction.Ack = ack;
        }
    }

    /// <summary>Closes the link from one side, which receives no more. Written frames are still sent.</summary>
    public void Close(SimulatedSession from, CloseReason reason)
    {
        Enqueue(from, new Frame { Close = new Close { Reason = reason } });
        Hang(from);
    }

    /// <summary>Stops one side from receiving.</summary>
    public void Hang(SimulatedSession from)
    {
        From(from).IsClosed = true;
        To(from).End();
    }

    /// <summary>Stops the path from carrying anything. The link must be cut later.</summary>
    public void Stall() => IsStalled = true;

    public void Cut(Random random)
    {
        IsStalled = false;
        if (IsCut)
        {
            return;
        }

        IsCut = true;
        foreach (var direction in new[] { _toDialler, _toAnswerer })
        {
            direction.Lose(random);
        }
    }

    /// <returns>False if there is nothing to write.</returns>
    public bool Write(SimulatedSession from)
    {
        var direction = From(from);
        if (direction.Ack is { } ack)
        {
            direction.Fly(new Frame { Ack = ack });
            direction.Ack = null;
            return true;
        }

        if (!direction.Unwritten.TryDequeue(out var frame))
        {
            return false;
        }

        direction.Fly(frame);
        return true;
    }

    /// <param name="frame">Null at the link's end.</param>
    /// <returns>False if nothing arrives.</returns>
    public bool TryTake(SimulatedSession to, out Frame? frame)
    {
        frame = null;
        return !IsStalled && To(to).Flying.TryDequeue(out frame);
    }

    private Direction From(SimulatedSession side) => side == dialler ? _toAnswerer : _toDialler;

    private Direction To(SimulatedSession side) => side == dialler ? _toDialler : _toAnswerer;

    private sealed class Direction
    {
        private bool _isHung;

        public Queue<Frame> Unwritten { get; } = new();

        public Queue<Frame?> Flying { get; private set; } = new();

        public Ack? Ack { get; set; }

        /// <summary>Whether its writer has closed it.</summary>
        public bool IsClosed { get; set; }

        public bool IsOver => Flying.Count == 0 && Unwritten.Count == 0 && Ack is null && (_isHung || IsClosed);

        public void Fly(Frame frame)
        {
            if (!_isHung)
            {
                Flying.Enqueue(frame);
            }
        }

        /// <summary>Stops receiving.</summary>
        public void End()
        {
            _isHung = true;
            Flying.Clear();
            Unwritten.Clear();
            Ack = null;
        }

        public void Lose(Random random)
        {
            (Ack, IsClosed) = (null, true);
            Unwritten.Clear();
            if (_isHung)
            {
                return;
            }

            Flying = new Queue<Frame?>(Flying.Take(random.Next(Flying.Count + 1)));
            Flying.Enqueue(null);
        }
    }
}
