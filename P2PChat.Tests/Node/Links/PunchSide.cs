using System.Diagnostics.Metrics;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Tests.Node.Links;

/// <summary>The listener and the puncher of one peer, on loopback.</summary>
internal sealed class PunchSide : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly DirectAccess _direct;
    private readonly Task _running;

    public PunchSide(PeerIdentity identity, int port = 0)
    {
        Identity = identity;
        var options = new PeerOptions { LocalOnly = true, Port = port };
        var clock = new SteadyClock(TimeProvider.System);
        var metrics = new PeerMetrics(_services.GetRequiredService<IMeterFactory>());
        _direct = new DirectAccess(new Preferences(null, options));
        Port = new SharedPort(options, _direct, NullLogger<SharedPort>.Instance);
        Listener = new PeerListener(
            identity,
            options,
            Port,
            _direct,
            metrics,
            new SystemAddresses(),
            clock,
            NullLogger<PeerListener>.Instance
        );
        Puncher = new Puncher(Port, Listener, identity, options, metrics, clock);
        Listener.Bind();
        _running = Listener.RunAsync(
            (channel, startedAt, slot) =>
            {
                slot.Dispose();
                Inbound.Writer.TryWrite(channel);
            }
        );
    }

    public PeerIdentity Identity { get; }

    public SharedPort Port { get; }

    public PeerListener Listener { get; }

    public Puncher Puncher { get; }

    public IPEndPoint Address => new(IPAddress.Loopback, Listener.Port);

    /// <summary>The channels that went the usual way of inbound connections.</summary>
    public Channel<TlsChannel> Inbound { get; } = Channel.CreateUnbounded<TlsChannel>();

    /// <summary>Two peers, the one with the lower PeerId first.</summary>
    public static (PunchSide Low, PunchSide High) Pair()
    {
        var (one, other) = (PeerIdentity.Create(), PeerIdentity.Create());
        return one.PeerId < other.PeerId ? (new(one), new(other)) : (new(other), new(one));
    }

    public async ValueTask DisposeAsync()
    {
        Listener.Dispose();
        await _running;
        while (Inbound.Reader.TryRead(out var channel))
        {
            channel.Dispose();
        }

        _direct.Dispose();
        Identity.Dispose();
        await _services.DisposeAsync();
    }
}
