using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace P2PChat.Node.Links;

/// <summary>Drives one <see cref="DialRace"/>: lookups, sockets and the timer.</summary>
/// <param name="connect">Makes a channel to an address, and reports when TCP has connected. Throws <see cref="AttemptException"/>.</param>
internal sealed class DialRun(
    DialRace race,
    Func<IPEndPoint, Action, CancellationToken, Task<OutboundChannel>> connect,
    TimeProvider clock,
    long origin
)
{
    private readonly Dictionary<int, (CancellationTokenSource Stop, Task<OutboundChannel> Channel)> _attempts = [];
    private readonly Channel<Func<TimeSpan, IReadOnlyList<DialEffect>>> _inputs = Channel.CreateUnbounded<
        Func<TimeSpan, IReadOnlyList<DialEffect>>
    >(new UnboundedChannelOptions { SingleReader = true });

    private CancellationToken _over;
    private OutboundChannel? _winner;
    private DialFailure? _failure;

    /// <exception cref="DialException">No address leads to the right key.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<OutboundChannel> RunAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _over = over.Token;
        await using var timer = clock.CreateTimer(
            _ => Tell(race.Tick),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        try
        {
            CarryOut(race.Start(Now));
            while (!race.IsOver)
            {
                SetTimer(timer);
                var input = await _inputs.Reader.ReadAsync(cancellationToken);
                CarryOut(input(Now));
            }
        }
        finally
        {
            foreach (var number in _attempts.Keys.ToList())
            {
                Abandon(number);
            }

            await over.CancelAsync();
        }

        return _winner ?? throw new DialException(_failure!.Value, race.Failures);
    }

    private TimeSpan Now => clock.GetElapsedTime(origin);

    private void SetTimer(ITimer timer)
    {
        var wait = race.Deadline!.Value - Now;
        _ = timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void CarryOut(IReadOnlyList<DialEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case DialEffect.Resolve resolve:
                    _ = ResolveAsync(resolve);
                    break;
                case DialEffect.Connect begin:
                    Begin(begin);
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

    private void Begin(DialEffect.Connect begin)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_over);
        var channel = connect(begin.Address, () => Tell(now => race.Connected(begin.Attempt, now)), stop.Token);
        _attempts.Add(begin.Attempt, (stop, channel));
        _ = ReportAsync(begin.Attempt, channel);
    }

    private async Task ReportAsync(int attempt, Task<OutboundChannel> channel)
    {
        try
        {
            _ = await channel;
            Tell(now => race.Authenticated(attempt, now));
        }
        catch (AttemptException e)
        {
            Tell(now => race.Failed(attempt, e.Failure, now));
        }
        catch (OperationCanceledException)
        {
            // The race cancelled it.
        }
        catch (Exception e)
        {
            // A bug of ours must end the dial.
            Tell(_ => throw new InvalidOperationException("An attempt broke.", e));
        }
    }

    private async Task ResolveAsync(DialEffect.Resolve resolve)
    {
        IReadOnlyList<IPAddress> addresses = [];
        try
        {
            addresses = await Dns.GetHostAddressesAsync(resolve.Host, resolve.Family, _over);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or OperationCanceledException)
        {
            // A failed lookup counts as no addresses.
        }

        Tell(now => race.Resolved(resolve.Lookup, addresses, now));
    }

    private void Abandon(int attempt)
    {
        if (_attempts.Remove(attempt, out var abandoned))
        {
            _ = CloseAsync(abandoned.Stop, abandoned.Channel);
        }
    }

    // It may have authenticated at the same moment as the winner.
    private static async Task CloseAsync(CancellationTokenSource stop, Task<OutboundChannel> channel)
    {
        await stop.CancelAsync();
        try
        {
            (await channel).Channel.Dispose();
        }
        catch (Exception e) when (e is AttemptException or OperationCanceledException)
        {
            // There is no channel to close.
        }

        stop.Dispose();
    }

    private void Tell(Func<TimeSpan, IReadOnlyList<DialEffect>> input) => _inputs.Writer.TryWrite(input);
}

/// <summary>One address did not lead to the peer.</summary>
internal sealed class AttemptException(DialFailure failure, Exception? cause = null)
    : Exception($"The attempt failed: {failure}.", cause)
{
    public DialFailure Failure { get; } = failure;
}
