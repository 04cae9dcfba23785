using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace P2PChat.AppHost;

/// <summary>One instance of a resource, as Aspire last reported it.</summary>
/// <param name="Name">The resource's name, or the instance's if there are replicas.</param>
/// <param name="State">One of <see cref="KnownResourceStates"/>.</param>
/// <param name="Health">Null unless it is running.</param>
/// <param name="StartedAt">UTC; null before the start.</param>
/// <param name="ExitCode">Null unless it has ended.</param>
/// <param name="Addresses">The addresses that it listens on.</param>
internal sealed record ResourceStatus(
    string Name,
    string? State,
    HealthStatus? Health,
    DateTime? StartedAt,
    int? ExitCode,
    IReadOnlyList<string> Addresses
);

/// <summary>Selects the changes that are printed on the console.</summary>
/// <param name="expected">Number of instances that must be healthy for the final line.</param>
internal sealed class StatusLines(Func<int> expected)
{
    private static readonly TimeSpan HealthyWithin = TimeSpan.FromSeconds(30);

    private const string Advice = "See its log on the dashboard.";

    private enum Phase
    {
        Starting,
        Healthy,
        Unhealthy,
        Ended,
    }

    private readonly Dictionary<string, Phase> _phases = [];
    private bool _isComplete;

    public IEnumerable<string> Observe(ResourceStatus status, DateTime now)
    {
        var before = _phases.GetValueOrDefault(status.Name);
        var after = Next(before, status, now);
        _phases[status.Name] = after;
        if (after == before || after == Phase.Starting)
        {
            yield break;
        }
        // All names are known before the first instance is healthy.
        yield return $"{status.Name.PadRight(_phases.Keys.Max(name => name.Length))}  {Text(before, after, status)}";
        if (_isComplete || _phases.Values.Count(phase => phase == Phase.Healthy) < expected())
        {
            yield break;
        }

        _isComplete = true;
        yield return "Everything is healthy. Press Ctrl-C to stop.";
    }

    private static Phase Next(Phase before, ResourceStatus status, DateTime now)
    {
        if (KnownResourceStates.TerminalStates.Contains(status.State))
        {
            return Phase.Ended;
        }

        if (status.State != KnownResourceStates.Running)
        {
            return before == Phase.Ended ? Phase.Starting : before;
        }

        if (status.Health == HealthStatus.Healthy)
        {
            return Phase.Healthy;
        }
        // Starting takes a while, and the first health checks fail.
        var isLate = before is Phase.Healthy or Phase.Unhealthy || now - status.StartedAt > HealthyWithin;
        return isLate ? Phase.Unhealthy : Phase.Starting;
    }

    private static string Text(Phase before, Phase after, ResourceStatus status) =>
        after switch
        {
            Phase.Healthy => $"healthy  {string.Join(", ", status.Addresses)}",
            Phase.Unhealthy when before == Phase.Healthy => $"unhealthy. {Advice}",
            Phase.Unhealthy => $"not healthy after {HealthyWithin.TotalSeconds:0} s. {Advice}",
            _ when status.State == KnownResourceStates.FailedToStart => $"failed to start. {Advice}",
            _ when status.ExitCode is null or 0 => "ended.",
            // The orchestrator reports -1 for a process ended by a signal, including SIGABRT of an unhandled exception.
            _ when status.ExitCode == -1 => $"crashed or was killed. {Advice}",
            _ => $"ended with exit code {status.ExitCode}. {Advice}",
        };
}
