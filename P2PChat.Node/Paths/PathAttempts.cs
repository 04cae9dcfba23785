using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>
/// The attempts in progress of one search for a path. Belongs to the loop of its <see cref="PathRun"/>.
/// </summary>
/// <param name="authenticated">Called on any thread with the number of an attempt that has succeeded.</param>
/// <param name="failed">Called on any thread with the number of an attempt that has failed.</param>
/// <param name="broken">Called on any thread after an exception that is a bug.</param>
internal sealed class PathAttempts(
    Action<int, PathChannel> authenticated,
    Action<int, PathOutcome> failed,
    Action<Exception> broken
)
{
    private readonly Dictionary<int, (CancellationTokenSource Stop, Task<PathChannel> Channel)> _attempts = [];
    private readonly List<Task> _closing = [];

    public void Begin(int number, Func<CancellationToken, Task<PathChannel>> begin)
    {
        var stop = new CancellationTokenSource();
        var channel = begin(stop.Token);
        _attempts.Add(number, (stop, channel));
        _ = ReportAsync(number, channel);
    }

    /// <summary>Stops an attempt and closes what it has opened, whatever its state.</summary>
    public void Abandon(int number)
    {
        if (_attempts.Remove(number, out var abandoned))
        {
            _ = _closing.RemoveAll(closing => closing.IsCompleted);
            _closing.Add(CloseAsync(abandoned.Stop, abandoned.Channel));
        }
    }

    /// <summary>Takes the channel of an attempt that has authenticated.</summary>
    /// <returns>Null if the attempt has been abandoned.</returns>
    public PathChannel? Take(int number)
    {
        if (!_attempts.Remove(number, out var taken))
        {
            return null;
        }

        taken.Stop.Dispose();
        return taken.Channel.Result;
    }

    /// <summary>Abandons the remaining attempts, and waits until everything is closed.</summary>
    public async Task EndAsync()
    {
        foreach (var number in _attempts.Keys.ToList())
        {
            Abandon(number);
        }

        await Task.WhenAll(_closing);
    }

    private async Task ReportAsync(int number, Task<PathChannel> channel)
    {
        try
        {
            authenticated(number, await channel);
        }
        catch (PathAttemptException exception)
        {
            failed(number, exception.Outcome);
        }
        catch (OperationCanceledException)
        {
            // The machine has cancelled the attempt.
        }
        catch (Exception exception)
        {
            broken(exception);
        }
    }

    // The attempt may have authenticated at the same moment.
    private static async Task CloseAsync(CancellationTokenSource stop, Task<PathChannel> channel)
    {
        await stop.CancelAsync();
        try
        {
            (await channel).Channel.Dispose();
        }
        catch (Exception)
        {
            // There is no channel to close. ReportAsync has reported what matters.
        }

        stop.Dispose();
    }
}
