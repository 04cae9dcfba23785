namespace P2PChat.Node.Sessions;

/// <summary>Runs actions one after the other on the thread pool, without a thread while there are none.</summary>
internal sealed class SerialWork(Action<Exception> onFailure)
{
    private readonly Queue<Action> _waiting = new();
    private bool _isRunning;

    public void Post(Action action)
    {
        lock (_waiting)
        {
            _waiting.Enqueue(action);
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        _ = Task.Run(Run);
    }

    private void Run()
    {
        while (true)
        {
            Action action;
            lock (_waiting)
            {
                if (!_waiting.TryDequeue(out action!))
                {
                    _isRunning = false;
                    return;
                }
            }

            try
            {
                action();
            }
            catch (Exception exception)
            {
                onFailure(exception);
            }
        }
    }
}
