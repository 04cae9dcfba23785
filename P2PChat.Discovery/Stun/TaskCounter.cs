namespace P2PChat.Discovery.Stun;

/// <summary>Counts running tasks, so that a stop can wait for them. The tasks must not throw. Thread-safe.</summary>
internal sealed class TaskCounter
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the owner, until it waits.
    private int _count = 1;

    public void Start(Func<Task> run)
    {
        _ = Interlocked.Increment(ref _count);
        _ = RunAsync(run);
    }

    /// <summary>Waits until all have ended. No more may be started.</summary>
    public Task AllEndedAsync()
    {
        End();
        return _ended.Task;
    }

    private async Task RunAsync(Func<Task> run)
    {
        try
        {
            await run();
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            _ended.SetResult();
        }
    }
}
