namespace Aspire.Hosting;

public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TestingSession? _testing;
    private bool _hasStopped;

    internal DistributedApplication(IHost host, TestingSession? testing)
    {
        _host = host;
        _testing = testing;
    }

    public IServiceProvider Services => _host.Services;
    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new ApplicationBuilder(args, TestingSession.Current);
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Starts every resource and returns when they have all ended. In a test, the test starts and ends them.</summary>
    public virtual Task RunAsync(CancellationToken cancellationToken = default) =>
        _testing is null ? HostingAbstractionsHostExtensions.RunAsync(_host, cancellationToken) : _testing.Ended;

    public virtual Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    public virtual async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _hasStopped = true;
        await _host.StopAsync(cancellationToken).ConfigureAwait(false);
        _testing?.End();
    }

    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (!_hasStopped) await StopAsync().ConfigureAwait(false);
        await ((IAsyncDisposable)_host).DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }
}

public class DistributedApplicationException(string message) : Exception(message);
