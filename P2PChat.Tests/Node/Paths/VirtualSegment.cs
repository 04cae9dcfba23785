using System.Net;

namespace P2PChat.Tests.Node.Paths;

internal enum Flag
{
    Syn,
    SynAck,
    Ack,
    Reset,
    Data,
}

/// <summary>A TCP segment.</summary>
/// <param name="Sender">The sending socket, in place of sequence numbers; 0 with a reset.</param>
internal sealed record Packet(
    IPEndPoint From,
    IPEndPoint To,
    Flag Flag,
    int Sender = 0,
    (int Number, object? Message) Payload = default
);

/// <summary>A machine or a NAT's outside.</summary>
internal interface INode
{
    void Receive(Packet packet);
}

/// <summary>The internet or a local network: delivers packets by address, and gives the rest to its gateway.</summary>
internal sealed class VirtualSegment(VirtualTime time, TimeSpan delay)
{
    // A kernel sends data again, but the SYN only after a second, when the attempt is over.
    private static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<IPAddress, INode> _nodes = [];

    /// <summary>One way.</summary>
    public TimeSpan Delay { get; set; } = delay;

    /// <summary>Added to <see cref="Delay"/> at random.</summary>
    public TimeSpan Jitter { get; set; }

    public double Loss { get; set; }

    public VirtualNat? Gateway { get; set; }

    public void Attach(IPAddress address, INode node) => _nodes[address] = node;

    public void Send(Packet packet)
    {
        var delay = Delay + Jitter * time.Random.NextDouble();
        while (time.Random.NextDouble() < Loss)
        {
            if (packet.Flag != Flag.Data)
            {
                return;
            }

            delay += Retransmission;
        }

        time.After(delay, () => Deliver(packet));
    }

    private void Deliver(Packet packet)
    {
        if (_nodes.TryGetValue(packet.To.Address, out var node))
        {
            node.Receive(packet);
        }
        else
        {
            Gateway?.Translate(packet);
        }
    }
}
