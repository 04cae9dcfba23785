using System.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Keeps this peer registered: claims the name, renews the lease, comes back by itself, and leaves in good order.</summary>
internal sealed partial class Registrar(
    DirectoryHttpClient directory,
    DirectoryIdProvider directoryIds,
    DirectoryRegistration registration,
    PeerIdentity identity,
    OwnRecord own,
    AddressMonitor addresses,
    DirectoryTime time,
    PeerOptions options,
    TimeProvider clock,
    ILogger<Registrar> logger
) : BackgroundService
{
    private const string OutOfDate =
        "This machine's clock differs from the directory's by more than 5 minutes, so this peer's entry there is out of date. Set the clock, and the peer updates it automatically.";

    private const string AnotherCopy =
        "Another copy of this peer keeps registering with the same key, so messages may arrive at either. Stop one of them.";

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);

    // After a restart of the directory everybody is back within a renewal interval.
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RetryOfRefused = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan TimeToLeave = TimeSpan.FromSeconds(2);

    // Of two registrations at once the older might be the last to be remembered, with a token that is no longer good.
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly Username _name = Username.Parse(options.Username);
    private readonly CopyWatch _copies = new();
    private readonly ILogger<Registrar> _logger = logger;
    private string? _told;
    private bool _mayBeRegistered;

    /// <summary>Registers again at once, within the caller's activity, even if the lease still holds.</summary>
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
        if (_mayBeRegistered)
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
            catch (DirectoryException e)
            {
                wait = Failed(e, ++failures);
            }
            catch (Exception e)
            {
                LogBroken(e);
                wait = RetryOfRefused;
            }

            try
            {
                _ = await registration.WaitForWakeAsync(wait, clock, stoppingToken);
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

    /// <returns>How long to wait.</returns>
    private async Task<TimeSpan> RegisterOrRenewAsync(CancellationToken cancellationToken)
    {
        // Not every system announces every change of an address.
        _ = addresses.Check();
        var isOutdated = own.IsOutdated;
        if (registration.LeaseToken is not { } token)
        {
            return await RegisterAsync(wasLost: _mayBeRegistered, cancellationToken);
        }
        // A wrong clock can make a new record seem due, but the directory would refuse it. The lease holds without one.
        if (!(isOutdated || own.IsPrekeyDue) || own.WouldBeRefused)
        {
            try
            {
                return await RenewAsync(token, isOutdated ? OutOfDate : null, cancellationToken);
            }
            catch (DirectoryException e) when (e.Failure == DirectoryFailure.LeaseGone)
            {
                // The directory lost the lease, for example in a restart. That is not a failure: register at once.
                LogLeaseGone();
                return await RegisterAsync(wasLost: true, cancellationToken);
            }
        }

        try
        {
            return await RegisterAsync(wasLost: false, cancellationToken);
        }
        catch (DirectoryException e) when (e.Failure == DirectoryFailure.ClockSkew)
        {
            // Without a recent reading of the directory's time, only its answer shows that this clock is wrong.
            return await RenewAsync(token, OutOfDate, cancellationToken);
        }
    }

    /// <param name="trouble">A sentence about a problem that does not end the lease; null if there is none.</param>
    private async Task<TimeSpan> RenewAsync(string token, string? trouble, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.renew");
        var lease = await directory.RenewAsync(_name, token, cancellationToken);
        _copies.Renewed(lease.LeaseExpiresAt);
        registration.Registered(token, trouble);
        if (trouble is not null)
        {
            TellLog(trouble);
        }
        else if (_told is not null)
        {
            LogRenewed();
        }

        _told = trouble;
        return Interval(lease.RenewAfterSeconds);
    }

    private async Task<TimeSpan> RegisterAsync(bool wasLost, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.register");
        try
        {
            var (response, isNew) = await RegisterAsync(above: 0, mayRetry: true, cancellationToken);
            _copies.Registered(wasLost, isNew, time.Now, response.LeaseExpiresAt);
            var trouble = _copies.HasCopy ? AnotherCopy : null;
            registration.Registered(response.LeaseToken, trouble);
            if (trouble is null)
            {
                LogRegistered();
            }
            else if (trouble != _told)
            {
                LogAnotherCopy();
            }

            _told = trouble;
            return Interval(response.RenewAfterSeconds);
        }
        catch (DirectoryException e)
        {
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(e.Failure));
            throw;
        }
    }

    private async Task<(RegistrationResponse Response, bool IsNew)> RegisterAsync(
        ulong above,
        bool mayRetry,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var id = registration.DirectoryId ??= await directoryIds.GetAsync(cancellationToken);
            var signedAt = clock.GetTimestamp();
            var record = own.Create(Purpose.Register, id, above);
            _mayBeRegistered = true;
            var (response, isNew) = await directory.RegisterAsync(_name, identity.Sign(record), cancellationToken);
            if (isNew)
            {
                registration.ReportCreated();
            }

            own.Accepted(record, signedAt);
            return (response, isNew);
        }
        catch (DirectoryException e) when (mayRetry && e.Failure == DirectoryFailure.StaleSequence)
        {
            return await RegisterAsync(e.LastSequence, mayRetry: false, cancellationToken);
        }
        catch (DirectoryException e) when (mayRetry && e.Failure == DirectoryFailure.WrongDirectory)
        {
            registration.DirectoryId = null;
            return await RegisterAsync(above, mayRetry: false, cancellationToken);
        }
    }

    /// <returns>How long to wait before the next attempt.</returns>
    private TimeSpan Failed(DirectoryException e, int failures)
    {
        if (e.Failure == DirectoryFailure.Unreachable)
        {
            LogUnreachable(e.InnerException?.GetType().Name ?? "answered", failures);
            TellLog(e.Message);
            registration.Unreachable(e.Message);
            var retry = Jittered(Min(FirstRetry * Math.Pow(2, Math.Min(failures, 10) - 1), LongestRetry));
            return e.RetryAfter is { } asked && asked > retry ? Min(asked, RetryOfRefused) : retry;
        }

        TellLog(e.Message);
        registration.Lost(DirectoryState.Refused, e.Message, e.Failure);
        return Jittered(RetryOfRefused);
    }

    // Without a console the log is the only place to see this. Logs never contain a username.
    private void TellLog(string sentence)
    {
        if (sentence == _told)
        {
            return;
        }

        _told = sentence;
        LogNotRegistered(
            sentence.Contains(_name.Value, StringComparison.OrdinalIgnoreCase)
                ? "the directory's reason contains a name; 'ctl status' shows it."
                : sentence
        );
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.leave");
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(TimeToLeave);
        try
        {
            if (registration.DirectoryId is { } id)
            {
                await directory.LeaveAsync(_name, identity.Sign(own.Create(Purpose.Leave, id)), bounded.Token);
            }
        }
        catch (Exception e) when (e is DirectoryException or OperationCanceledException)
        {
            // The lease runs out by itself.
            LogNotLeft(e.GetType().Name);
        }
    }

    private static TimeSpan Interval(double seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(double.IsNaN(seconds) ? 0 : seconds, 0.1, 3600));

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    // Of a herd that lost its directory at the same moment, not all come back at the same moment.
    private static TimeSpan Jittered(TimeSpan time) => time * (0.75 + Random.Shared.NextDouble() / 2);

    [LoggerMessage(LogLevel.Information, "Registered with the directory.")]
    private partial void LogRegistered();

    [LoggerMessage(LogLevel.Warning, AnotherCopy)]
    private partial void LogAnotherCopy();

    [LoggerMessage(LogLevel.Debug, "The directory does not know the lease: registering again.")]
    private partial void LogLeaseGone();

    [LoggerMessage(LogLevel.Debug, "The directory cannot be reached or used ({Error}), {Failures} times in a row.")]
    private partial void LogUnreachable(string error, int failures);

    [LoggerMessage(LogLevel.Information, "The directory answers again.")]
    private partial void LogRenewed();

    [LoggerMessage(LogLevel.Warning, "Registration failed: {Reason}")]
    private partial void LogNotRegistered(string reason);

    [LoggerMessage(LogLevel.Error, "Registering has failed, by a fault of this peer's own.")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(LogLevel.Debug, "The directory was not told that this peer leaves ({Error}).")]
    private partial void LogNotLeft(string error);
}
