using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace P2PChat.Node.Links;

/// <summary>Drives one <see cref="DialRace"/> with lookups, sockets and a timer.</summary>
/// <param name="connect">
/// Opens a channel to an address, and calls back when TCP has connected. Throws <see cref="AttemptException"/>.
/// </param>
/// <param name="origin">The timestamp at which the race started.</param>
internal sealed class DialRun(
    DialRace race,
    Func<IPEndPoint, Action, CancellationToken, Task<OutboundChannel>> connect,
    TimeProvider timeProvider,
    long origin
)
{
    private readonly Dictionary<int, (CancellationTokenSource Stop, Task<OutboundChannel> Channel)> _attempts = [];
    private readonly Channel<Func<TimeSpan, IReadOnlyList<DialEffect>>> _inputs = Channel.CreateUnbounded<
        Func<TimeSpan, IReadOnlyList<DialEffect>>
    >(new UnboundedChannelOptions { SingleReader = true });

    private CancellationToken _raceOver;
    private OutboundChannel? _winner;
    private DialFailure? _failure;

    /// <exception cref="DialException">No address leads to the expected key.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<OutboundChannel> RunAsync(CancellationToken cancellationToken)
    {
        using var raceOver = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _raceOver = raceOver.Token;
        await using var timer = timeProvider.CreateTimer(
            _ => Post(race.Tick),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        try
        {
            Execute(race.Start(Now));
            while (!race.IsOver)
            {
                SetTimer(timer);
                var input = await _inputs.Reader.ReadAsync(cancellationToken);
                Execute(input(Now));
            }
        }
        finally
        {
            foreach (var number in _attempts.Keys.ToList())
            {
                Abandon(number);
            }

            await raceOver.CancelAsync();
        }

        return _winner ?? throw new DialException(_failure!.Value, race.Failures);
    }

    private TimeSpan Now => timeProvider.GetElapsedTime(origin);

    private void SetTimer(ITimer timer)
    {
        var wait = race.Deadline!.Value - Now;
        _ = timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Execute(IReadOnlyList<DialEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case DialEffect.Resolve resolve:
                    _ = ResolveAsync(resolve);
                    break;
                case DialEffect.Connect connect:
                    Begin(connect);
                    break;
                case DialEffect.Cancel cancel:
                    Abandon(cancel.Attempt);
                    break;
                case DialEffect.Won won:
                    _ = _attempts.Remove(won.Attempt, out var winner);
                    _winner = winner.Channel.Result;
                    winner.Stop.Dispose();
                    break;
                case DialEffect.Lost lost:
                    _failure = lost.Reason;
                    break;
            }
        }
    }

    private void Begin(DialEffect.Connect effect)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_raceOver);
        var channel = connect(effect.Address, () => Post(now => race.Connected(effect.Attempt, now)), stop.Token);
        _attempts.Add(effect.Attempt, (stop, channel));
        _ = ReportAsync(effect.Attempt, channel);
    }

    private async Task ReportAsync(int attempt, Task<OutboundChannel> channel)
    {
        try
        {
            _ = await channel;
            Post(now => race.Authenticated(attempt, now));
        }
        catch (AttemptException exception)
        {
            Post(now => race.Failed(attempt, exception.Failure, now));
        }
        catch (OperationCanceledException)
        {
            // The race has cancelled the attempt.
        }
        catch (Exception exception)
        {
            // A bug must end the dial.
            Post(_ => throw new InvalidOperationException("An attempt failed with an unexpected error.", exception));
        }
    }

    private async Task ResolveAsync(DialEffect.Resolve resolve)
    {
        IReadOnlyList<IPAddress> addresses = [];
        try
        {
            addresses = await Dns.GetHostAddressesAsync(resolve.Host, resolve.Family, _raceOver);
        }
        catch (Exception exception)
            when (exception is SocketException or ArgumentException or OperationCanceledException)
        {
            // A failed lookup counts as no addresses.
        }

        Post(now => race.Resolved(resolve.Lookup, addresses, now));
    }

    private void Abandon(int attempt)
    {
        if (_attempts.Remove(attempt, out var abandoned))
        {
            _ = CloseAsync(abandoned.Stop, abandoned.Channel);
        }
    }

    // The attempt may have authenticated at the same moment as the winner.
    private static async Task CloseAsync(CancellationTokenSource stop, Task<OutboundChannel> channel)
    {
        await stop.CancelAsync();
        try
        {
            (await channel).Channel.Dispose();
        }
        catch (Exception exception) when (exception is AttemptException or OperationCanceledException)
        {
            // There is no channel to close.
        }

        stop.Dispose();
    }

    private void Post(Func<TimeSpan, IReadOnlyList<DialEffect>> input) => _inputs.Writer.TryWrite(input);
}

/// <summary>The attempt at one address failed.</summary>
internal sealed class AttemptException(DialFailure failure, Exception? cause = null)
    : Exception($"The attempt failed: {failure}.", cause)
{
    public DialFailure Failure { get; } = failure;
}
