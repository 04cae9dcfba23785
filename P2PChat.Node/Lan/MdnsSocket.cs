using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Lan;

/// <summary>A packet of multicast DNS.</summary>
/// <param name="InterfaceIndex">The interface on which it arrived.</param>
internal readonly record struct MdnsPacket(DnsMessage Message, IPEndPoint From, int InterfaceIndex);

/// <summary>The socket of one address family on UDP port 5353, which it shares with other programs.</summary>
internal sealed class MdnsSocket : IDisposable
{
    // RFC 6762, section 11.
    private const int Ttl = 255;

    // IP_MULTICAST_ALL and IPV6_MULTICAST_ALL (ip(7)): on Linux, only the interfaces that this socket has joined count.
    private const int LinuxMulticastAll = 49;
    private const int LinuxMulticastAllV6 = 29;
    private const int LinuxIPv6Level = 41;

    private static readonly IPEndPoint GroupV4 = new(IPAddress.Parse("224.0.0.251"), MdnsResponder.MulticastPort);
    private static readonly IPEndPoint GroupV6 = new(IPAddress.Parse("ff02::fb"), MdnsResponder.MulticastPort);

    private readonly Lock _gate = new();
    private readonly Socket _socket;
    private readonly HashSet<int> _joined = [];

    /// <exception cref="SocketException">The port is in use by a program that does not share it.</exception>
    public MdnsSocket(AddressFamily family)
    {
        Family = family;
        _socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            // On Unix this shares the port as well.
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _socket.SetSocketOption(Level, SocketOptionName.PacketInformation, true);
            _socket.SetSocketOption(Level, SocketOptionName.MulticastTimeToLive, Ttl);
            _socket.SetSocketOption(Level, SocketOptionName.MulticastLoopback, true);
            if (OperatingSystem.IsLinux())
            {
                _socket.SetRawSocketOption(
                    IsV4 ? 0 : LinuxIPv6Level,
                    IsV4 ? LinuxMulticastAll : LinuxMulticastAllV6,
                    BitConverter.GetBytes(0)
                );
            }

            if (!IsV4)
            {
                _socket.DualMode = false;
            }

            _socket.Bind(new IPEndPoint(IsV4 ? IPAddress.Any : IPAddress.IPv6Any, MdnsResponder.MulticastPort));
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }
    }

    public AddressFamily Family { get; }

    private bool IsV4 => Family == AddressFamily.InterNetwork;

    private SocketOptionLevel Level => IsV4 ? SocketOptionLevel.IP : SocketOptionLevel.IPv6;

    /// <summary>Joins the multicast group on an interface. Best effort: it may just have disappeared.</summary>
    public void Join(LanInterface on)
    {
        lock (_gate)
        {
            if (!on.Has(Family) || !_joined.Add(on.Index))
            {
                return;
            }

            try
            {
                if (IsV4)
                {
                    _socket.SetSocketOption(
                        SocketOptionLevel.IP,
                        SocketOptionName.AddMembership,
                        new MulticastOption(GroupV4.Address, on.Index)
                    );
                }
                else
                {
                    _socket.SetSocketOption(
                        SocketOptionLevel.IPv6,
                        SocketOptionName.AddMembership,
                        new IPv6MulticastOption(GroupV6.Address, on.Index)
                    );
                }
            }
            catch (SocketException exception)
            {
                // An interface that was down for a while is still in the group.
                if (exception.SocketErrorCode != SocketError.AddressAlreadyInUse)
                {
                    _ = _joined.Remove(on.Index);
                }
            }
        }
    }

    /// <summary>Forgets interfaces that are gone. The operating system has left their groups.</summary>
    public void Keep(IReadOnlyList<LanInterface> interfaces)
    {
        lock (_gate)
        {
            _ = _joined.RemoveWhere(index => interfaces.All(one => one.Index != index));
        }
    }

    /// <summary>Sends to the group on one interface. Best effort, as all multicast is.</summary>
    public void Multicast(LanInterface on, byte[] message)
    {
        lock (_gate)
        {
            try
            {
                _socket.SetSocketOption(
                    Level,
                    SocketOptionName.MulticastInterface,
                    IsV4 ? IPAddress.HostToNetworkOrder(on.Index) : on.Index
                );
                _ = _socket.SendTo(message, IsV4 ? GroupV4 : GroupV6);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The interface has disappeared, or the service is stopping.
            }
        }
    }

    public void Unicast(IPEndPoint to, byte[] message)
    {
        lock (_gate)
        {
            try
            {
                _ = _socket.SendTo(message, to);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // As above.
            }
        }
    }

    /// <summary>Receives until the token is cancelled. Unreadable packets are ignored.</summary>
    public async Task ReceiveAsync(Action<MdnsPacket> received, CancellationToken cancellationToken)
    {
        var buffer = new byte[DnsReader.MaxBytes];
        var any = new IPEndPoint(IsV4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var packet = await _socket.ReceiveMessageFromAsync(buffer, any, cancellationToken);
                if (DnsReader.TryRead(buffer.AsSpan(0, packet.ReceivedBytes)) is { } message)
                {
                    received(
                        new MdnsPacket(message, (IPEndPoint)packet.RemoteEndPoint, packet.PacketInformation.Interface)
                    );
                }
            }
            catch (SocketException)
            {
                // A truncated packet, or an error that an earlier packet caused.
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
