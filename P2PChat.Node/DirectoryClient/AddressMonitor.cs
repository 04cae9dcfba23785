using System.ComponentModel;
using System.Diagnostics;
using P2PChat.Node.Links;
using Polly.CircuitBreaker;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Watches this machine's addresses and where they are attached. When that changes, such as on a new Wi-Fi network,
/// registers and redials at once, and probes the links that use lost addresses. Thread-safe.
/// </summary>
internal sealed partial class AddressMonitor(
    ILocalAddresses addresses,
    PeerListener listener,
    DirectoryRegistration registration,
    LinkTable links,
    DirectorySockets sockets,
    ReconnectQueue reconnect,
    CircuitBreakerManualControl breaker,
    TimeProvider timeProvider,
    ILogger<AddressMonitor> logger
) : BackgroundService
{
    // One change causes several announcements: one address is removed, another added, and the routes follow.
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _announced = new(0, 1);
    private readonly ILogger<AddressMonitor> _logger = logger;
    private IReadOnlyList<Attachment>? _known;

    /// <summary>Raised on any thread after this machine's addresses have changed.</summary>
    public event Action? Changed;

    /// <summary>Compares the addresses with those last read, and acts on a change.</summary>
    /// <returns>Whether this peer's endpoints have changed, so that the caller must register them.</returns>
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

            // The addresses may also have changed between the bind and the first check.
            var endpointsChanged = listener.Advertise([.. present.Select(attachment => attachment.Address)]);
            if (before is null && !endpointsChanged)
            {
                return false;
            }

            var lost = (before ?? [])
                .Where(old => !present.Any(attachment => attachment.Continues(old)))
                .Select(old => old.Address)
                .ToHashSet();
            LogChanged(before?.Except(present).Count() ?? 0, present.Except(before ?? []).Count());
            // Failures without a network say nothing about the directory.
            _ = breaker.CloseAsync();
            // An added address, such as that of a container, must not disturb calls in progress.
            if (before is null or [] || lost.Count > 0)
            {
                sockets.Close(lost.Contains);
            }

            links.Probe(lost.Contains);
            reconnect.RetryAll();
            Changed?.Invoke();
            return endpointsChanged;
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
                await Task.Delay(SettleTime, timeProvider, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host is stopping.
        }
        finally
        {
            addresses.MayHaveChanged -= OnMayHaveChanged;
        }
    }

    /// <returns>Null if the addresses cannot be read. Each renewal tries again.</returns>
    private IReadOnlyList<Attachment>? TryRead()
    {
        try
        {
            return addresses.ReadAttachments();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Win32Exception)
        {
            LogUnreadable(exception.GetType().Name);
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
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // A check is already pending, or the service has stopped.
        }
    }

    [LoggerMessage(LogLevel.Debug, "Network addresses cannot be read: {Error}.")]
    private partial void LogUnreadable(string error);

    [LoggerMessage(LogLevel.Information, "Network addresses changed: {Removed} removed, {Added} added.")]
    private partial void LogChanged(int removed, int added);
}
