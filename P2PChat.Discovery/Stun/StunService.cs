using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Stun;

/// <summary>
/// Runs the STUN server after the HTTP server has started, which decides the default addresses. A port that is in use
/// does not stop the directory: it is logged, and tried again.
/// </summary>
internal sealed partial class StunService(
    IServer http,
    StunMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    ILogger<StunService> logger
) : IHostedLifecycleService, IAsyncDisposable
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);

    private readonly StunOptions _options = options.Value.Stun;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private StunServer? _server;
    private Task _retries = Task.CompletedTask;
    private volatile IReadOnlyList<int> _ports = [];
    private volatile bool _hasAlternate;
    private bool _closed;

    /// <summary>Completes when <see cref="Ports"/> is known.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Ports on which this server, or another one on this machine, answers.</summary>
    public IReadOnlyList<int> Ports => _ports;

    /// <summary>The host that peers are told; null for the directory's.</summary>
    public string? Host => string.IsNullOrWhiteSpace(_options.Host) ? null : _options.Host;

    /// <summary>Whether it has a second address (RFC 5780).</summary>
    public bool HasAlternate => _hasAlternate;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await BindAsync(cancellationToken);
        }
        finally
        {
            _ready.TrySetResult();
        }
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => CloseAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The container calls it twice, because the service has two registrations.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _stop.Dispose();
    }

    private async Task CloseAsync()
    {
        _ready.TrySetResult();
        if (Interlocked.Exchange(ref _closed, true))
        {
            return;
        }

        await _stop.CancelAsync();
        await _retries;
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private async Task BindAsync(CancellationToken cancellationToken)
    {
        var urls = http.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var addresses = StunAddresses.Choose(_options, urls);
        if (addresses.Count == 0)
        {
            return;
        }

        var limits = options.Value.RateLimits;
        var limiter = limits.Enabled ? new StunRateLimiter(limits.Stun, timeProvider) : null;
        _server = new StunServer(_options, addresses, limiter, metrics, timeProvider);
        var failures = Relevant(_server.Bind());
        var missing = await FindMissingAsync(failures, cancellationToken);
        Offer(_server, missing);
        if (failures.Count == 0)
        {
            LogListening(logger, new CommaSeparated<IPAddress>(addresses), new CommaSeparated<int>(_server.Ports));
        }
        else
        {
            _retries = RetryAsync(_server, missing, _stop.Token);
        }
    }

    // A machine without IPv6 has no ::1, which "localhost" includes.
    private static IReadOnlyList<StunBindFailure> Relevant(IReadOnlyList<StunBindFailure> failures) =>
        [
            .. failures.Where(failure =>
                !failure.Endpoint.Address.Equals(IPAddress.IPv6Loopback)
                || failure.Exception.SocketErrorCode == SocketError.AddressAlreadyInUse
            ),
        ];

    /// <returns>The endpoints at which neither this server answers nor another one.</returns>
    private async Task<HashSet<IPEndPoint>> FindMissingAsync(
        IReadOnlyList<StunBindFailure> failures,
        CancellationToken cancellationToken
    )
    {
        HashSet<IPEndPoint> missing = [];
        foreach (var group in failures.GroupBy(failure => failure.Endpoint))
        {
            var failure = group.First();
            if (await StunPortProbe.AnswersAsync(group.Key, timeProvider, cancellationToken))
            {
                LogSharedPort(logger, group.Key.Port);
                continue;
            }

            _ = missing.Add(group.Key);
            LogCannotListen(logger, group.Key, failure.Protocol, failure.Exception.Message);
        }

        return missing;
    }

    private void Offer(StunServer server, HashSet<IPEndPoint> missing)
    {
        var isAlternate = missing.ToLookup(endpoint => $"{endpoint.Address}" == _options.AlternateAddress);
        _ports = [.. server.Ports.Except(isAlternate[false].Select(endpoint => endpoint.Port))];
        _hasAlternate =
            !string.IsNullOrEmpty(_options.AlternateAddress) && !isAlternate[true].Any() && _ports.Count > 1;
    }

    private async Task RetryAsync(StunServer server, HashSet<IPEndPoint> missing, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(RetryEvery, timeProvider);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var failures = Relevant(server.Bind());
                missing.IntersectWith(failures.Select(failure => failure.Endpoint));
                Offer(server, missing);
                if (failures.Count == 0)
                {
                    LogFree(logger, new CommaSeparated<int>(server.Ports));
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The directory stops.
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The STUN server listens on {Addresses}, UDP and TCP ports {Ports}."
    )]
    private static partial void LogListening(
        ILogger logger,
        CommaSeparated<IPAddress> addresses,
        CommaSeparated<int> ports
    );

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Another STUN server, probably another replica, has port {Port}. This one takes over when it ends."
    )]
    private static partial void LogSharedPort(ILogger logger, int port);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The STUN server cannot listen on {Endpoint} over {Protocol} ({Problem}), and tries again. Stop the "
            + "other program, or choose other ports or addresses under Directory:Stun."
    )]
    private static partial void LogCannotListen(
        ILogger logger,
        IPEndPoint endpoint,
        ProtocolType protocol,
        string problem
    );

    [LoggerMessage(Level = LogLevel.Information, Message = "The STUN server now listens on all its ports: {Ports}.")]
    private static partial void LogFree(ILogger logger, CommaSeparated<int> ports);

    // Joined only if the entry is written.
    private readonly record struct CommaSeparated<T>(IEnumerable<T> Items)
    {
        public override string ToString() => string.Join(", ", Items);
    }
}
