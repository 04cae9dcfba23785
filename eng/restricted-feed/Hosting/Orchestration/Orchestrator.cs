using System.Collections.Concurrent;
using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Orchestration;

internal sealed record OrchestratorOptions(Assembly? AppHost, bool IsTest);

/// <summary>Starts each resource when those it waits for are healthy, passes on its output, tells its end, and ends them all.</summary>
internal sealed class Orchestrator(
    IResourceCollection resources,
    ResourceNotificationService states,
    HealthCheckService health,
    OrchestratorOptions options,
    IConfiguration configuration,
    IHostEnvironment environment) : IHostedService, IDisposable
{
    private static readonly TimeSpan PollUntilHealthy = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PollWhenHealthy = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ResourceCommands _commands = new(options.AppHost, configuration, environment);
    private readonly Dictionary<IResource, SemaphoreSlim> _starts = [];
    private readonly ConcurrentDictionary<IResource, ResourceProcess?> _live = []; // Null while it waits to be started.
    private Guardian? _guardian;
    private Dictionary<IResource, Task> _runs = [];
    private Task _running = Task.CompletedTask;
    private int _nameWidth;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            throw new DistributedApplicationException("The stand-in for Aspire's orchestrator needs Linux or macOS: on Windows take a NuGet feed that carries Aspire.");
        Console.WriteLine("Aspire's stand-in for a restricted feed: no proxies, restarts, TLS or publishing, and no page of the resources.");

        var dashboard = resources.OfType<Dashboard>().SingleOrDefault();
        Ports.Allocate(resources, randomize: options.IsTest);
        _commands.OtlpEndpoint = dashboard?.OtlpEndpoint;
        _nameWidth = resources.Where(IsProcess).Select(resource => resource.Name.Length).DefaultIfEmpty().Max();

        foreach (var resource in resources.Where(IsProcess))
        {
            _starts[resource] = new SemaphoreSlim(0);
            if (!IsStartedByHand(resource)) _ = StartAgain(resource);
            resource.Annotations.Add(new CommandAnnotation("start", _ => StartAgain(resource), []));
            resource.Annotations.Add(new CommandAnnotation("stop", async _ => await StopAsync(resource).ConfigureAwait(false), []));
        }

        _guardian = new Guardian();
        _runs = resources.ToDictionary(resource => resource, resource => RunAsync(resource, _guardian));
        _running = Task.WhenAll([.. _runs.Values, SayWhenAllIsHealthyAsync(dashboard)]);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    public void Dispose()
    {
        // Whatever an interrupted start or stop has left, the guardian ends.
        _guardian?.Dispose();
        _stopping.Dispose();
    }

    private static bool IsProcess(IResource resource) => resource is ProjectResource or ExecutableResource or ContainerResource;

    private static bool IsStartedByHand(IResource resource) => resource.Annotations.OfType<ExplicitStartAnnotation>().Any();

    private Task<ExecuteCommandResult> StartAgain(IResource resource)
    {
        if (!_live.TryAdd(resource, null)) return Task.FromResult(new ExecuteCommandResult { Success = false, Message = $"{resource.Name} runs already." });
        states.Publish(resource, KnownResourceStates.Waiting, isHealthy: false);
        _starts[resource].Release();
        return Task.FromResult(new ExecuteCommandResult { Success = true });
    }

    private async Task<ExecuteCommandResult> StopAsync(IResource resource)
    {
        if (!_live.TryGetValue(resource, out var process) || process is null) return new() { Success = false, Message = $"{resource.Name} does not run." };
        await process.StopAsync().ConfigureAwait(false);
        return new() { Success = true };
    }

    private async Task SayWhenAllIsHealthyAsync(Dashboard? dashboard)
    {
        try
        {
            foreach (var resource in resources.Where(resource => !IsStartedByHand(resource))) await HealthyAsync(resource).ConfigureAwait(false);
            Console.WriteLine($"Everything is healthy{(dashboard is null ? "" : $"; the dashboard is {dashboard.FrontendUrl}")}. Ctrl-C ends it.");
        }
        catch (Exception never) when (never is OperationCanceledException or DistributedApplicationException)
        {
            // It was ended before, or one of them has died, which is told with its name.
        }
    }

    private async Task RunAsync(IResource resource, Guardian guardian)
    {
        if (!IsProcess(resource))
        {
            states.Publish(resource, KnownResourceStates.Running, isHealthy: true);
            return;
        }

        try
        {
            if (!_live.ContainsKey(resource)) states.Publish(resource, KnownResourceStates.NotStarted, isHealthy: false);
            while (true)
            {
                await _starts[resource].WaitAsync(_stopping.Token).ConfigureAwait(false);
                foreach (var needed in resource.Annotations.OfType<ReadinessAnnotation>())
                    await HealthyAsync(needed.Dependency).ConfigureAwait(false);

                var command = await _commands.OfAsync(resource, _stopping.Token).ConfigureAwait(false);
                var process = _live[resource] = ResourceProcess.Start(command, guardian, line => Say(resource, line));
                states.Publish(resource, KnownResourceStates.Running, isHealthy: false);
                await Task.WhenAll(TellHealthAsync(resource, process), TellEndAsync(resource, process), StopInTimeAsync(resource, process)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Not started yet, and the app ends: nothing to do.
        }
        catch (Exception unstartable) when (unstartable is DistributedApplicationException or Win32Exception)
        {
            states.Publish(resource, KnownResourceStates.FailedToStart, isHealthy: false);
            Say(resource, $"was not started: {unstartable.Message}");
        }
    }

    private Task<ResourceEvent> HealthyAsync(IResource resource) =>
        states.WaitForResourceHealthyAsync(resource.Name, WaitBehavior.StopOnResourceUnavailable, _stopping.Token);

    /// <summary>Those that waited for a resource end before it does: a peer can still take leave of the directory.</summary>
    private async Task StopInTimeAsync(IResource resource, ResourceProcess process)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _stopping.Token.Register(stop.SetResult).ConfigureAwait(false);
        if (await Task.WhenAny(stop.Task, process.Ended).ConfigureAwait(false) != stop.Task) return;
        await Task.WhenAll(_runs.Where(run => run.Key.Annotations.OfType<ReadinessAnnotation>().Any(needed => needed.Dependency == resource)).Select(run => run.Value)).ConfigureAwait(false);
        await process.StopAsync().ConfigureAwait(false);
    }

    private async Task TellEndAsync(IResource resource, ResourceProcess process)
    {
        var exitCode = await process.Ended.ConfigureAwait(false);
        _ = _live.TryRemove(resource, out _);
        states.Publish(resource, resource is ContainerResource ? KnownResourceStates.Exited : KnownResourceStates.Finished, isHealthy: false);
        if (!_stopping.IsCancellationRequested) Say(resource, $"has ended with exit code {exitCode}; it is not restarted.");
    }

    private async Task TellHealthAsync(IResource resource, ResourceProcess process)
    {
        var checks = resource.Annotations.OfType<HealthAnnotation>().Select(check => check.Key).ToHashSet();
        bool? known = null;
        while (!process.Ended.IsCompleted && !_stopping.IsCancellationRequested)
        {
            var report = await health.CheckHealthAsync(check => checks.Contains(check.Name), CancellationToken.None).ConfigureAwait(false);
            // Degraded counts as healthy, as it does for the official orchestrator's HTTP check: its answer is a 200.
            var isHealthy = report.Status != HealthStatus.Unhealthy;
            if (process.Ended.IsCompleted || _stopping.IsCancellationRequested) return;
            if (isHealthy != known && (isHealthy || known is true))
            {
                states.Publish(resource, KnownResourceStates.Running, isHealthy);
                Say(resource, isHealthy ? $"is healthy: {Urls(resource)}" : "is not healthy any more.");
                known = isHealthy;
            }
            await Task.WhenAny(Task.Delay(isHealthy ? PollWhenHealthy : PollUntilHealthy, _stopping.Token), process.Ended).ConfigureAwait(false);
        }
    }

    private static string Urls(IResource resource) => string.Join(", ", resource.Annotations.OfType<EndpointAnnotation>()
        .Select(endpoint => new EndpointReference((IResourceWithEndpoints)resource, endpoint.Name).Url));

    private void Say(IResource resource, string text) => Console.WriteLine($"{resource.Name.PadRight(_nameWidth)} | {text}");
}
