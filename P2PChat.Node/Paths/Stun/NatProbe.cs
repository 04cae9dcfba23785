using System.Net;
using System.Net.Sockets;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Paths.Stun;

/// <inheritdoc/>
internal sealed class NatProbe(
    PeerOptions options,
    Preferences preferences,
    StunServerFinder finder,
    ReflexiveAddresses reflexive,
    SharedPort port,
    ILocalAddresses addresses,
    TimeProvider timeProvider
) : INatProbe
{
    // Together less than the 5 s that the interface allows. UDP requests go out at 0, 0.5 and 1.5 s.
    private static readonly TimeSpan FindTimeout = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OtherTimeout = TimeSpan.FromSeconds(1.2);

    public async Task<NatReport> ProbeAsync(CancellationToken cancellationToken)
    {
        if (preferences.HideAddress || !options.Stun)
        {
            return NatReport.NotRun(preferences.HideAddress ? NatProbeState.Hidden : NatProbeState.Disabled);
        }

        StunServers? servers;
        try
        {
            servers = await LimitAsync(FindTimeout, finder.FindAsync, cancellationToken);
        }
        catch (Exception exception)
            when (exception is DirectoryException or StunException
                || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested
            )
        {
            return NatReport.NotRun(NatProbeState.DirectoryUnreachable);
        }

        if (servers is null)
        {
            return NatReport.NotRun(NatProbeState.NotOffered);
        }

        var families = servers.Addresses.Select(address => address.AddressFamily).Where(HasAddress);
        var observations = await Task.WhenAll(
            families.SelectMany(family =>
                new[]
                {
                    ProbeUdpAsync(servers, family, cancellationToken),
                    ProbeTcpAsync(servers, family, cancellationToken),
                }
            )
        );
        return new NatReport(
            NatProbeState.Done,
            [.. observations.OrderBy(each => each.Transport).ThenBy(each => each.IsIPv6)]
        );

        bool HasAddress(AddressFamily family) =>
            addresses.Read().Any(address => address.AddressFamily == family)
            || IPAddress.IsLoopback(servers.At(family, 0)!.Address);
    }

    private async Task<NatObservation> ProbeUdpAsync(
        StunServers servers,
        AddressFamily family,
        CancellationToken cancellationToken
    )
    {
        var first = servers.At(family, 0)!;
        StunUdpSocket socket;
        try
        {
            socket = StunUdpSocket.Open(first, timeProvider);
        }
        catch (SocketException)
        {
            return Observe(NatTransport.Udp, family, local: null, null, null, null);
        }

        await using (socket)
        {
            var second = servers.At(family, 1);
            var firstReply = AskAsync(
                AskTimeout,
                token => socket.AskAsync(first, servers.HasAlternate, token),
                cancellationToken
            );
            var secondReply = second is null
                ? Task.FromResult<StunReply?>(null)
                : AskAsync(AskTimeout, token => socket.AskAsync(second, padded: false, token), cancellationToken);
            var other = OtherOf(servers, await firstReply, first);
            var otherReply = other is null
                ? null
                : await AskAsync(
                    OtherTimeout,
                    token => socket.AskAsync(other, padded: false, token),
                    cancellationToken
                );
            return Observe(NatTransport.Udp, family, socket.Local, await firstReply, await secondReply, otherReply);
        }
    }

    private async Task<NatObservation> ProbeTcpAsync(
        StunServers servers,
        AddressFamily family,
        CancellationToken cancellationToken
    )
    {
        var first = servers.At(family, 0)!;
        using var own = new Opened();
        var firstReply = AskAsync(
            AskTimeout,
            async token =>
            {
                // A second connection from the listener's port to the same address is impossible.
                if (reflexive.ConnectionOf(family) is { } open)
                {
                    own.Local = open.Local;
                    return await open.AskAsync(token);
                }

                var connection = own.Keep(await ConnectAsync(first, token));
                own.Local = connection.Local;
                return await connection.AskAsync(token);
            },
            cancellationToken
        );
        var secondReply = AskOnceAsync(AskTimeout, servers.At(family, 1), own, cancellationToken);
        var other = OtherOf(servers, await firstReply, first);
        var otherReply = await AskOnceAsync(OtherTimeout, other, own, cancellationToken);
        return Observe(NatTransport.Tcp, family, own.Local, await firstReply, await secondReply, otherReply);
    }

    private Task<StunReply?> AskOnceAsync(
        TimeSpan timeout,
        IPEndPoint? server,
        Opened opened,
        CancellationToken cancellationToken
    ) =>
        server is null
            ? Task.FromResult<StunReply?>(null)
            : AskAsync(
                timeout,
                async token => await opened.Keep(await ConnectAsync(server, token)).AskAsync(token),
                cancellationToken
            );

    private async Task<StunTcpConnection> ConnectAsync(IPEndPoint server, CancellationToken cancellationToken) =>
        new(await port.ConnectAsync(server, cancellationToken), timeProvider);

    // The server names its other address with the other port; the first one is asked there.
    private static IPEndPoint? OtherOf(StunServers servers, StunReply? reply, IPEndPoint first) =>
        servers.HasAlternate
        && reply?.Other is { } other
        && other.AddressFamily == first.AddressFamily
        && !other.Address.Equals(first.Address)
        && StunServerFinder.MayFollow(first.Address, other.Address)
            ? new IPEndPoint(other.Address, first.Port)
            : null;

    private static NatObservation Observe(
        NatTransport transport,
        AddressFamily family,
        IPEndPoint? local,
        StunReply? first,
        StunReply? second,
        StunReply? other
    ) =>
        new(
            transport,
            family == AddressFamily.InterNetworkV6,
            NatMappingRules.Derive(local, first?.Mapped, second?.Mapped, other?.Mapped),
            local,
            (first ?? second ?? other)?.Mapped,
            first?.RoundTrip ?? second?.RoundTrip ?? other?.RoundTrip
        );

    /// <returns>Null if the server did not answer in time.</returns>
    private async Task<StunReply?> AskAsync(
        TimeSpan timeout,
        Func<CancellationToken, Task<StunReply>> ask,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await LimitAsync(timeout, ask, cancellationToken);
        }
        catch (Exception exception)
            when (exception is StunException or SocketException
                || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested
            )
        {
            return null;
        }
    }

    private async Task<T> LimitAsync<T>(
        TimeSpan timeout,
        Func<CancellationToken, Task<T>> run,
        CancellationToken cancellationToken
    )
    {
        using var limit = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        return await run(either.Token);
    }

    /// <summary>The connections that one probe opened. Thread-safe.</summary>
    private sealed class Opened : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly List<StunTcpConnection> _connections = [];

        public IPEndPoint? Local { get; set; }

        public StunTcpConnection Keep(StunTcpConnection connection)
        {
            lock (_gate)
            {
                _connections.Add(connection);
            }

            return connection;
        }

        public void Dispose() => _connections.ForEach(connection => connection.Dispose());
    }
}
