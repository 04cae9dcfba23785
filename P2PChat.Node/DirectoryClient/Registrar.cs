using System.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Keeps this peer registered: claims the name, renews the lease, registers again after failures, and leaves at the
/// end.
/// </summary>
internal sealed partial class Registrar(
    DirectoryHttpClient directory,
    DirectoryIdProvider directoryIds,
    DirectoryRegistration registration,
    PeerIdentity identity,
    OwnRecord own,
    AddressMonitor addresses,
    DirectoryTime directoryTime,
    PeerOptions options,
    TimeProvider timeProvider,
    ILogger<Registrar> logger
) : BackgroundService
{
    private const string OutOfDate =
        "This machine's clock differs from the directory's by more than 5 minutes, "
        + "so this peer's entry in the directory is out of date. "
        + "Set the clock; the entry is then updated automatically.";

    private const string AnotherCopy =
        "Another copy of this peer keeps registering with the same key, so messages may arrive at either. "
        + "Stop one of them.";

    private static readonly TimeSpan RefusedRetry = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    // The short limit brings all peers back within a renewal interval after the directory restarts.
    private static readonly Backoff UnreachableRetry = new(
        TimeSpan.FromMilliseconds(250),
        TimeSpan.FromSeconds(3),
        Jitter.QuarterEachWay
    );

    private readonly RecordPublisher _publisher = new(
        directory,
        directoryIds,
        registration,
        identity,
        own,
        options,
        timeProvider
    );

    // Of two registrations at once, the older could be stored last, with a token that is no longer valid.
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly Username _name = Username.Parse(options.Username);
    private readonly CopyWatch _copies = new();
    private readonly ILogger<Registrar> _logger = logger;
    private string? _reported;

    /// <summary>Registers again at once, within the caller's activity, even if the lease is still valid.</summary>
    /// <exception cref="DirectoryException">The directory cannot be reached, or refuses.</exception>
    public Task RegisterAgainAsync(CancellationToken cancellationToken) =>
        OneAtATimeAsync(cancelled => RegisterAsync(wasLost: false, cancelled), cancellationToken);

    public override void Dispose()
    {
        base.Dispose();
        _oneAtATime.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_publisher.MayBeRegistered)
        {
            await LeaveAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                wait = await OneAtATimeAsync(RegisterOrRenewAsync, stoppingToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (DirectoryException exception)
            {
                wait = OnFailure(exception, ++failures);
            }
            catch (Exception exception)
            {
                LogBroken(exception);
                wait = RefusedRetry;
            }

            try
            {
                _ = await registration.WaitForWakeAsync(wait, timeProvider, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
    }

    private async Task<TimeSpan> OneAtATimeAsync(
        Func<CancellationToken, Task<TimeSpan>> register,
        CancellationToken cancellationToken
    )
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            return await register(cancellationToken);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <returns>The time until the next renewal.</returns>
    private async Task<TimeSpan> RegisterOrRenewAsync(CancellationToken cancellationToken)
    {
        // Not every system announces every change of an address.
        _ = addresses.Check();
        var isOutdated = own.IsOutdated;
        if (registration.LeaseToken is not { } token)
        {
            return await RegisterAsync(wasLost: _publisher.MayBeRegistered, cancellationToken);
        }

        // A wrong clock can make a new record seem due, but the directory would refuse it. The lease needs no record.
        if (!(isOutdated || own.IsPrekeyDue) || own.WouldBeRefused)
        {
            try
            {
                return await RenewAsync(token, isOutdated ? OutOfDate : null, cancellationToken);
            }
            catch (DirectoryException exception) when (exception.Failure == DirectoryFailure.LeaseGone)
            {
                // The directory has lost the lease, for example in a restart. That is not a failure: register at once.
                LogLeaseGone();
                return await RegisterAsync(wasLost: true, cancellationToken);
            }
        }

        try
        {
            return await RegisterAsync(wasLost: false, cancellationToken);
        }
        catch (DirectoryException exception) when (exception.Failure == DirectoryFailure.ClockSkew)
        {
            // Without a recent reading of the directory's time, only its answer shows that this clock is wrong.
            return await RenewAsync(token, OutOfDate, cancellationToken);
        }
    }

    /// <param name="problem">A sentence about a problem that does not end the lease; null if there is none.</param>
    private async Task<TimeSpan> RenewAsync(string token, string? problem, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.renew");
        var lease = await directory.RenewAsync(_name, token, cancellationToken);
        _copies.Renewed(lease.LeaseExpiresAt);
        registration.Registered(token, problem);
        if (problem is not null)
        {
            Report(problem);
        }
        else if (_reported is not null)
        {
            LogRenewed();
        }

        _reported = problem;
        return Interval(lease.RenewAfterSeconds);
    }

    private async Task<TimeSpan> RegisterAsync(bool wasLost, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.register");
        try
        {
            var (response, isNew) = await _publisher.RegisterAsync(cancellationToken);
            _copies.Registered(wasLost, isNew, directoryTime.Now, response.LeaseExpiresAt);
            var problem = _copies.HasCopy ? AnotherCopy : null;
            registration.Registered(response.LeaseToken, problem);
            if (problem is null)
            {
                LogRegistered();
            }
            else if (problem != _reported)
            {
                LogAnotherCopy();
            }

            _reported = problem;
            return Interval(response.RenewAfterSeconds);
        }
        catch (DirectoryException exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(exception.Failure));
            throw;
        }
    }

    /// <returns>The delay before the next attempt.</returns>
    private TimeSpan OnFailure(DirectoryException exception, int failures)
    {
        if (exception.Failure == DirectoryFailure.Unreachable)
        {
            LogUnreachable(exception.InnerException?.GetType().Name ?? "answered", failures);
            Report(exception.Message);
            registration.Unreachable(exception.Message);
            var retry = UnreachableRetry.After(failures);
            return exception.RetryAfter is not { } requested || requested <= retry ? retry
                : requested < RefusedRetry ? requested
                : RefusedRetry;
        }

        Report(exception.Message);
        registration.Lost(DirectoryState.Refused, exception.Message, exception.Failure);
        return Jitter.QuarterEachWay.Apply(RefusedRetry);
    }

    // Without a console, the log is the only place to see this. Logs never contain a username.
    private void Report(string sentence)
    {
        if (sentence == _reported)
        {
            return;
        }

        _reported = sentence;
        LogNotRegistered(
            sentence.Contains(_name.Value, StringComparison.OrdinalIgnoreCase)
                ? "The directory's reason contains a name, so it is not logged. The peer's status shows it."
                : sentence
        );
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.leave");
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(LeaveTimeout);
        try
        {
            await _publisher.LeaveAsync(bounded.Token);
        }
        catch (Exception exception) when (exception is DirectoryException or OperationCanceledException)
        {
            // The lease will expire.
            LogNotLeft(exception.GetType().Name);
        }
    }

    private static TimeSpan Interval(double seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(double.IsNaN(seconds) ? 0 : seconds, 0.1, 3600));

    [LoggerMessage(LogLevel.Information, "Registered with the directory.")]
    private partial void LogRegistered();

    [LoggerMessage(LogLevel.Warning, AnotherCopy)]
    private partial void LogAnotherCopy();

    [LoggerMessage(LogLevel.Debug, "The directory does not know the lease: registering again.")]
    private partial void LogLeaseGone();

    [LoggerMessage(LogLevel.Debug, "Directory unavailable ({Error}), {Failures} times in a row.")]
    private partial void LogUnreachable(string error, int failures);

    [LoggerMessage(LogLevel.Information, "The directory is available again.")]
    private partial void LogRenewed();

    [LoggerMessage(LogLevel.Warning, "Registration failed: {Reason}")]
    private partial void LogNotRegistered(string reason);

    [LoggerMessage(LogLevel.Error, "Registration failed with an unexpected error.")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(LogLevel.Debug, "Unregistering failed ({Error}). The lease will expire.")]
    private partial void LogNotLeft(string error);
}
