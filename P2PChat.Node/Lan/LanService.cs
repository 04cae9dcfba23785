using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;

namespace P2PChat.Node.Lan;

/// <summary>
/// Announces this peer on the local network and looks for contacts there (DNS-SD over multicast DNS: RFC 6763,
/// RFC 6762).
/// Runs only with <c>Peer:Lan</c>, and not while the user hides the address.
/// </summary>
internal sealed partial class LanService(
    PeerIdentity identity,
    PeerListener listener,
    Contacts contacts,
    LanPeers peers,
    ILocalAddresses addresses,
    Preferences preferences,
    PeerOptions options,
    TimeProvider timeProvider,
    ILogger<LanService> logger
) : BackgroundService
{
    // How often the date and the contacts are checked. The tags of three days are known at any time.
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(10);

    // More packets than this wait only if somebody floods the network. The oldest are dropped.
    private const int MaxWaiting = 256;

    private readonly ILogger<LanService> _logger = logger;
    private readonly MdnsResponder _responder = new(Random.Shared);
    private readonly List<MdnsSocket> _sockets = [];
    private readonly HashSet<AddressFamily> _refused = [];
    private readonly Channel<MdnsPacket?> _inputs = Channel.CreateBounded<MdnsPacket?>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }
    );

    private IReadOnlyList<LanInterface> _interfaces = [];
    private bool _isStale;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        if (!options.Lan || options.LocalOnly)
        {
            return;
        }

        addresses.MayHaveChanged += Wake;
        preferences.Changed += Wake;
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The host is stopping.
        }
        finally
        {
            addresses.MayHaveChanged -= Wake;
            preferences.Changed -= Wake;
            Execute(_responder.Configure(own: null, _interfaces, peers.Now));
            CloseSockets();
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Configure(cancellationToken);
            var until = peers.Now + RefreshInterval;
            while (peers.Now < until)
            {
                Execute(_responder.Tick(peers.Now));
                Execute(peers.Apply(browser => browser.Tick(peers.Now)));
                if (!await WaitAsync(until, cancellationToken))
                {
                    break;
                }
            }
        }
    }

    /// <returns>False if the addresses may have changed.</returns>
    private async Task<bool> WaitAsync(TimeSpan until, CancellationToken cancellationToken)
    {
        var due = Earlier(until, _responder.Deadline);
        _ = peers.Apply(browser =>
        {
            due = Earlier(due, browser.Deadline);
            return [];
        });
        var wait = due - peers.Now;
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var input = _inputs.Reader.WaitToReadAsync(wake.Token).AsTask();
        _ = await Task.WhenAny(
            input,
            Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, timeProvider, wake.Token)
        );
        await wake.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        for (var i = 0; i < MaxWaiting && _inputs.Reader.TryRead(out var packet); i++)
        {
            if (packet is { } received)
            {
                Receive(received);
            }
        }

        return !Interlocked.Exchange(ref _isStale, false);
    }

    private void Receive(MdnsPacket packet)
    {
        // Packets from elsewhere must be ignored (RFC 6762, section 11).
        if (
            _interfaces.FirstOrDefault(one => one.Index == packet.InterfaceIndex) is not { } on
            || !on.IsOnLink(packet.From.Address)
        )
        {
            return;
        }

        Execute(_responder.Receive(packet.Message, packet.From, on, peers.Now));
        Execute(peers.Apply(browser => browser.Receive(packet.Message, on, peers.Now)));
    }

    private void Configure(CancellationToken cancellationToken)
    {
        var isOn = !preferences.HideAddress && listener.IsBound;
        if (isOn && _sockets.Count == 0)
        {
            OpenSockets(cancellationToken);
        }

        _interfaces = isOn ? LanInterfaces.Read() : [];
        foreach (var socket in _sockets)
        {
            socket.Keep(_interfaces);
            foreach (var one in _interfaces)
            {
                socket.Join(one);
            }
        }

        var today = DateOnly.FromDateTime(timeProvider.GetUtcNow().UtcDateTime);
        Execute(
            _responder.Configure(
                isOn ? (LanTag.Of(identity.PeerId, today), listener.Port) : null,
                _interfaces,
                peers.Now
            )
        );
        var known = isOn ? KnownTags(today) : [];
        Execute(peers.Apply(browser => browser.Configure(known, _interfaces, peers.Now)));
        if (!isOn)
        {
            // After the goodbye. A member of the group would still report its membership to the routers.
            CloseSockets();
        }
    }

    // Yesterday's and tomorrow's as well, because two clocks may differ.
    private Dictionary<string, PeerId> KnownTags(DateOnly today) =>
        contacts
            .List()
            .Where(contact => contact is { Blocked: false, PeerId: not null })
            .SelectMany(contact =>
                new[] { -1, 0, 1 }.Select(day => (Tag: LanTag.Of(contact.PeerId!.Value, today.AddDays(day)), contact))
            )
            .DistinctBy(one => one.Tag)
            .ToDictionary(one => one.Tag, one => one.contact.PeerId!.Value);

    private void OpenSockets(CancellationToken cancellationToken)
    {
        foreach (var family in new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 })
        {
            try
            {
                var socket = new MdnsSocket(family);
                _sockets.Add(socket);
                _ = ReceiveAsync(socket, cancellationToken);
            }
            catch (SocketException exception)
            {
                if (_refused.Add(family))
                {
                    LogNoSocket(family, exception.SocketErrorCode);
                }
            }
        }
    }

    private async Task ReceiveAsync(MdnsSocket socket, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ReceiveAsync(packet => _ = _inputs.Writer.TryWrite(packet), cancellationToken);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The service is stopping.
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
    }

    private void Execute(IReadOnlyList<MdnsEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case MdnsEffect.Multicast multicast:
                    var message = DnsWriter.Write(multicast.Message);
                    foreach (var socket in _sockets.Where(socket => multicast.Interface.Has(socket.Family)))
                    {
                        socket.Multicast(multicast.Interface, message);
                    }

                    break;
                case MdnsEffect.Unicast unicast:
                    _sockets
                        .FirstOrDefault(socket => socket.Family == unicast.To.AddressFamily)
                        ?.Unicast(unicast.To, DnsWriter.Write(unicast.Message));
                    break;
            }
        }
    }

    private void CloseSockets()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _sockets.Clear();
    }

    // A flood may push the wake-up out of the queue, but does not clear the flag.
    private void Wake()
    {
        Volatile.Write(ref _isStale, true);
        _ = _inputs.Writer.TryWrite(null);
    }

    private static TimeSpan Earlier(TimeSpan time, TimeSpan? other) => other < time ? other.Value : time;

    [LoggerMessage(LogLevel.Information, "Multicast DNS is not available over {Family}: {Error}.")]
    private partial void LogNoSocket(AddressFamily family, SocketError error);

    [LoggerMessage(LogLevel.Error, "Receiving on the local network failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}
