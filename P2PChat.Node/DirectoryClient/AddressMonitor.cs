using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using P2PChat.Node.Links;
using Polly.CircuitBreaker;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Watches this machine's addresses. On a change, as on another Wi-Fi, the peer registers and redials at once, and probes
/// the links over lost addresses. Thread-safe.
/// </summary>
internal sealed partial class AddressMonitor(
    ILocalAddresses addresses,
    PeerListener listener,
    DirectoryRegistration registration,
    LinkTable links,
    DirectorySockets sockets,
    ReconnectQueue reconnect,
    CircuitBreakerManualControl breaker,
    TimeProvider clock,
    ILogger<AddressMonitor> logger
) : BackgroundService
{
    // One change causes several announcements: an address goes, another comes, the routes follow.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _announced = new(0, 1);
    private readonly ILogger<AddressMonitor> _logger = logger;
    private IReadOnlyList<IPAddress>? _known;

    /// <summary>Compares the addresses with the last ones read, and acts on a change.</summary>
    /// <returns>Whether this peer's endpoints have changed. The caller must then register them.</returns>
    public bool Check()
    {
        lock (_gate)
        {
            if (TryRead() is not { } present)
            {
                return false;
            }

            var before = _known;
            _known = present;
            if (before is not null && before.SequenceEqual(present))
            {
                return false;
            }
            // The address may have gone since the port was bound.
            var isAdvertisedAnew = listener.Advertise(present);
            if (before is null && !isAdvertisedAnew)
            {
                return false;
            }

            LogChanged(before?.Except(present).Count() ?? 0, present.Except(before ?? []).Count());
            // Failures without a network say nothing about the directory.
            _ = breaker.CloseAsync();
            // A new address alone, such as a container's, must not disturb calls in progress.
            if (before is null or [] || before.Any(HasGone))
            {
                sockets.Close(HasGone);
            }

            links.Probe(HasGone);
            reconnect.RetryAll();
            return isAdvertisedAnew;

            bool HasGone(IPAddress address) =>
                before is not null && before.Contains(address) && !present.Contains(address);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _announced.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        addresses.MayHaveChanged += OnMayHaveChanged;
        try
        {
            while (true)
            {
                if (Check())
                {
                    registration.RegisterSoon();
                }

                await _announced.WaitAsync(stoppingToken);
                await Task.Delay(Settle, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        finally
        {
            addresses.MayHaveChanged -= OnMayHaveChanged;
        }
    }

    /// <returns>Null if the system does not say. Renewals go on meanwhile, and each reads the addresses again.</returns>
    private IReadOnlyList<IPAddress>? TryRead()
    {
        try
        {
            return addresses.Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            LogUnreadable(e.GetType().Name);
            return null;
        }
    }

    private void OnMayHaveChanged()
    {
        try
        {
            if (_announced.CurrentCount == 0)
            {
                _ = _announced.Release();
            }
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // A change is pending already, or the service has stopped.
        }
    }

    [LoggerMessage(LogLevel.Debug, "Network addresses cannot be read: {Error}.")]
    private partial void LogUnreadable(string error);

    [LoggerMessage(LogLevel.Information, "Network addresses changed: {Gone} removed, {New} added.")]
    private partial void LogChanged(int gone, int @new);
}
