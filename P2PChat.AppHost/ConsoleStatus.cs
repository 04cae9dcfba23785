using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace P2PChat.AppHost;

/// <summary>Prints changes in the state of the app's resources to standard output.</summary>
internal sealed partial class ConsoleStatus(
    ResourceNotificationService notifications,
    DistributedApplicationModel model,
    IHostApplicationLifetime lifetime,
    ILogger<ConsoleStatus> logger
) : IDistributedApplicationEventingSubscriber
{
    private const string Dashboard = "aspire-dashboard";

    public Task SubscribeAsync(
        IDistributedApplicationEventing eventing,
        DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken
    )
    {
        _ = eventing.Subscribe<BeforeStartEvent>(
            (_, _) =>
            {
                _ = PrintAsync(lifetime.ApplicationStopping);
                return Task.CompletedTask;
            }
        );
        return Task.CompletedTask;
    }

    private async Task PrintAsync(CancellationToken stopping)
    {
        var lines = new StatusLines(Expected);
        try
        {
            await foreach (var change in notifications.WatchAsync(stopping))
            {
                if (!IsProgram(change.Resource))
                {
                    continue;
                }

                foreach (var line in lines.Observe(Status(change), DateTime.UtcNow))
                {
                    Console.WriteLine(line);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The app is stopping, so resources are meant to end.
        }
        catch (Exception exception)
        {
            // Nothing awaits this task. The app itself keeps running.
            LogFailed(logger, exception);
            return;
        }

        Console.WriteLine("Stopping.");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The state of the resources is no longer printed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    private static ResourceStatus Status(ResourceEvent change)
    {
        var (resource, snapshot) = (change.Resource, change.Snapshot);
        var isDashboard = resource.Name == Dashboard;
        var name =
            isDashboard ? "dashboard"
            : resource.GetReplicaCount() > 1 ? change.ResourceId
            : resource.Name;
        var urls = snapshot.Urls.Where(url => !url.IsInternal).ToList();
        return new(
            name,
            snapshot.State?.Text,
            snapshot.HealthStatus,
            snapshot.StartTimeStamp,
            snapshot.ExitCode,
            [
                // The dashboard's URL needs its token. Of the others only the address is printed, not the path.
                .. isDashboard
                    ? urls.Where(url => url.Name is "http" or "https").Select(url => url.Url).Take(1)
                    : urls.Select(url => new Uri(url.Url).GetLeftPart(UriPartial.Authority)).Distinct(),
            ]
        );
    }

    /// <summary>The number of instances that start automatically.</summary>
    private int Expected() =>
        model
            .Resources.Where(each => IsProgram(each) && !each.HasAnnotationOfType<ExplicitStartupAnnotation>())
            .Sum(each => each.GetReplicaCount());

    private static bool IsProgram(IResource resource) =>
        resource is ProjectResource or ExecutableResource or ContainerResource
        && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal);
}

internal static class ConsoleStatusExtensions
{
    /// <summary>
    /// Prints each resource's address once it is healthy, and a line when one ends. Prints nothing in publish mode.
    /// </summary>
    public static void AddConsoleStatus(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            builder.Services.AddEventingSubscriber<ConsoleStatus>();
        }
    }
}
