namespace Aspire.Hosting.ApplicationModel;

public enum WaitBehavior { WaitOnResourceUnavailable = 0, StopOnResourceUnavailable = 1 }

public static class KnownResourceStates
{
    public static readonly string NotStarted = "NotStarted";
    public static readonly string Waiting = "Waiting";
    public static readonly string Running = "Running";
    public static readonly string FailedToStart = "FailedToStart";
    public static readonly string Exited = "Exited";
    public static readonly string Finished = "Finished";
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

public class ResourceEvent
{
    internal ResourceEvent(IResource resource, string state, bool isHealthy)
    {
        Resource = resource;
        State = state;
        IsHealthy = isHealthy;
    }

    public IResource Resource { get; }
    internal string State { get; }
    internal bool IsHealthy { get; }
    internal bool IsTerminal => KnownResourceStates.TerminalStates.Contains(State);
}

/// <summary>The last known state of each resource, and waiting for another one.</summary>
public class ResourceNotificationService
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceEvent> _last = new(StringComparer.OrdinalIgnoreCase);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ResourceNotificationService()
    {
    }

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var stops = waitBehavior == WaitBehavior.StopOnResourceUnavailable;
        var last = await WaitUntilAsync(resourceName, each => each.IsHealthy || (stops && each.IsTerminal), cancellationToken).ConfigureAwait(false);
        return last.IsHealthy
            ? last
            : throw new DistributedApplicationException($"Stopped waiting for resource '{resourceName}' to become healthy because it is '{last.State}'.");
    }

    internal void Publish(IResource resource, string state, bool isHealthy)
    {
        lock (_lock)
        {
            _last[resource.Name] = new ResourceEvent(resource, state, isHealthy);
            _changed.SetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task<ResourceEvent> WaitUntilAsync(string name, Func<ResourceEvent, bool> isReached, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_last.TryGetValue(name, out var last) && isReached(last)) return last;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
