namespace P2PChat.Tests.Simulation;

/// <summary>
/// The calls of one peer to the directory. Each stops before its request is sent and before its answer arrives, until
/// the simulation lets it go on.
/// </summary>
/// <param name="answer">Loses the request, or makes the directory answer it.</param>
/// <param name="lose">Loses the answer, or does nothing.</param>
internal sealed class SimulatedCopyCalls(
    Func<HttpRequestMessage, Task<HttpResponseMessage>> answer,
    Action<HttpResponseMessage> lose
) : HttpMessageHandler, IHttpClientFactory
{
    private static readonly AsyncLocal<Work?> Current = new();

    public HttpClient CreateClient(string name) =>
        new(this, disposeHandler: false)
        {
            BaseAddress = new Uri("http://directory/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var work = Current.Value!;
        await work.StopAsync(cancellationToken);
        var response = await answer(request);
        await work.StopAsync(cancellationToken);
        lose(response);
        return response;
    }

    /// <summary>Work that makes calls. Nothing of it runs between two steps, unless it is cancelled.</summary>
    public sealed class Work(Func<Task> run)
    {
        private TaskCompletionSource _go = New();
        private TaskCompletionSource _stopped = New();
        private Task? _task;

        /// <summary>Lets it run until its next stop.</summary>
        /// <returns>False if it has ended.</returns>
        public bool Next()
        {
            var go = _go;
            (_go, _stopped) = (New(), New());
            if (_task is null)
            {
                _task = Task.Run(() =>
                {
                    Current.Value = this;
                    return run();
                });
            }
            else
            {
                go.SetResult();
            }

            _ = Task.WaitAny(_task, _stopped.Task);
            if (!_task.IsCompleted)
            {
                return true;
            }

            Join();
            return false;
        }

        /// <summary>Waits for its end, after it was cancelled.</summary>
        public void Join() => _task?.GetAwaiter().GetResult();

        internal async Task StopAsync(CancellationToken cancellationToken)
        {
            var go = _go.Task;
            _stopped.SetResult();
            await go.WaitAsync(cancellationToken);
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
