using Microsoft.Data.Sqlite;

namespace P2PChat.Node.Storage;

/// <summary>An action of the writer thread that somebody waits for.</summary>
/// <param name="MayJoin">Whether it may run in one transaction with other work. It may then run twice.</param>
internal sealed record StoreCall(Action<SqliteConnection> Run, bool MayJoin)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Done => _done.Task;

    public bool IsDone => _done.Task.IsCompleted;

    public void Complete() => _done.SetResult();

    public void Fail(StoreException exception) => _done.SetException(exception);
}

/// <summary>Lets work gather in the queue until disposed: see <see cref="StoreQueue.Hold"/>.</summary>
internal readonly struct Gathering : IDisposable
{
    private readonly StoreQueue _queue;

    public Gathering(StoreQueue queue)
    {
        _queue = queue;
        queue.Hold();
    }

    public void Dispose() => _queue.Release();
}
