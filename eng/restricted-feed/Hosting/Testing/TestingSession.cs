using System.Reflection;

namespace Aspire.Hosting;

/// <summary>Runs an AppHost's entry point inside a test's process, and halts it where the test wants its builder or its app.</summary>
internal sealed class TestingSession(Assembly appHost, string[] args) : IAsyncDisposable
{
    private static readonly AsyncLocal<TestingSession?> CurrentSession = new();
    private readonly TaskCompletionSource<ApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _mayBuild = new(0);

    /// <summary>The session whose entry point is on this thread; null outside a test.</summary>
    public static TestingSession? Current => CurrentSession.Value;
    public Assembly AppHost { get; } = appHost;

    /// <summary>Completes when the test has ended the app; until then the entry point's Run() waits.</summary>
    public Task Ended => _ended.Task;

    public Task<ApplicationBuilder> StartAsync()
    {
        new Thread(RunEntryPoint) { IsBackground = true, Name = "AppHost" }.Start();
        return _builder.Task;
    }

    public Task<DistributedApplication> BuildAsync()
    {
        _mayBuild.Release();
        return _application.Task;
    }

    public void OfferBuilder(ApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        _mayBuild.Wait();
        if (Ended.IsCompleted) throw new OperationCanceledException("The test has disposed of the builder.");
    }

    public void OfferApplication(DistributedApplication application) => _application.TrySetResult(application);
    public void End() => _ended.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        if (_application.Task.IsCompletedSuccessfully) await (await _application.Task.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        End();
        _mayBuild.Release();
    }

    private void RunEntryPoint()
    {
        CurrentSession.Value = this;
        try
        {
            var main = AppHost.EntryPoint
                ?? throw new InvalidOperationException($"{AppHost.GetName().Name} has no entry point: name a type of the AppHost.");
            _ = main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, main.GetParameters().Length == 0 ? [] : [args], null);
            Fail(new InvalidOperationException("The entry point exited without building a DistributedApplication."));
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    private void Fail(Exception failure)
    {
        _ = _builder.TrySetException(failure);
        _ = _application.TrySetException(failure);
    }
}
