using System.Net;
using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>The one attempt of a run through the relay.</summary>
internal sealed class RelayAttempt(PathOutput output) : IPathPart
{
    private (int Number, int Row, TimeSpan Deadline)? _running;

    /// <summary>Whether the report already has a row for the relay.</summary>
    public bool IsReported { get; private set; }

    public bool IsIdle => _running is null;

    public TimeSpan? Deadline => _running?.Deadline;

    public void Begin(TimeSpan now)
    {
        var number = output.NextNumber();
        _running = (number, output.Log.Begin(PathKind.Relayed, "", now), now + output.Options.RelayTimeout);
        IsReported = true;
        output.Add(new PathEffect.OpenRelay(number));
    }

    /// <summary>Reports why the relay is not tried, unless it has been.</summary>
    public void Skip(PathOutcome outcome, TimeSpan now)
    {
        if (!IsReported)
        {
            output.Log.Skip(PathKind.Relayed, "", outcome, now);
            IsReported = true;
        }
    }

    public void Connected(int attempt, IPEndPoint? remote, TimeSpan now)
    {
        // The leg is open. The other side's leg may still be missing, so the time goes on.
    }

    public void Failed(int attempt, PathOutcome outcome, TimeSpan now)
    {
        if (_running?.Number == attempt)
        {
            End(outcome, now);
        }
    }

    public PathKind? Authenticated(int attempt, IPEndPoint? remote, TimeSpan now)
    {
        if (_running?.Number != attempt)
        {
            return null;
        }

        End(PathOutcome.Authenticated, now);
        return PathKind.Relayed;
    }

    public void Tick(TimeSpan now)
    {
        if (_running is { } running && running.Deadline <= now)
        {
            output.Add(new PathEffect.Cancel(running.Number));
            End(PathOutcome.TimedOut, now);
        }
    }

    public void Stop(PathOutcome outcome, TimeSpan now)
    {
        Tick(now);
        if (_running is { } running)
        {
            output.Add(new PathEffect.Cancel(running.Number));
            End(outcome, now);
        }
    }

    private void End(PathOutcome outcome, TimeSpan now)
    {
        output.Log.End(_running!.Value.Row, outcome, now);
        _running = null;
    }
}
