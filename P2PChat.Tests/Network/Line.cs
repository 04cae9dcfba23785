using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>The quality of a line, in each direction.</summary>
/// <param name="Delay">One way.</param>
/// <param name="Jitter">Added to the delay at random, at most this much. Packets keep their order.</param>
/// <param name="Loss">The fraction of packets that are lost, from 0 to 1.</param>
/// <param name="BitsPerSecond">0 for any number. Packets that would wait for 250 ms or longer are lost.</param>
internal sealed record LineQuality(
    TimeSpan Delay,
    TimeSpan Jitter = default,
    double Loss = 0,
    double BitsPerSecond = 0
);

/// <summary>
/// Carries packets between two network devices with delay, jitter, loss and a limited rate. Works on every kernel,
/// unlike netem, and loses the same packets of the same sequence in each run.
/// </summary>
internal sealed class Line : IDisposable
{
    private readonly PacketSocket _left;
    private readonly PacketSocket _right;
    private readonly Thread[] _threads;
    private volatile bool _isClosed;

    /// <param name="name">The namespace of both devices.</param>
    public Line(string name, string left, string right, LineQuality quality)
    {
        (_left, _right) = InNamespace.Run(name, () => (new PacketSocket(left), new PacketSocket(right)));
        _threads = [.. Direction(_left, _right, quality, 1), .. Direction(_right, _left, quality, 2)];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    public void Dispose()
    {
        _isClosed = true;
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _left.Dispose();
        _right.Dispose();
    }

    private Thread[] Direction(PacketSocket from, PacketSocket to, LineQuality quality, int seed)
    {
        var queue = new DelayedPackets(quality, new Random(seed));
        return [Background(() => Receive(from, queue)), Background(() => Send(queue, to))];
    }

    private static Thread Background(Action action) => new(() => action()) { IsBackground = true };

    private void Receive(PacketSocket from, DelayedPackets queue)
    {
        var buffer = new byte[PacketSocket.MaxPacket];
        while (!_isClosed)
        {
            if (from.Receive(buffer) is var length and > 0)
            {
                queue.Add(buffer.AsSpan(0, length));
            }
        }
    }

    private void Send(DelayedPackets queue, PacketSocket to)
    {
        while (!_isClosed)
        {
            if (queue.TakeDue() is { } packet)
            {
                to.Send(packet);
            }
        }
    }
}
