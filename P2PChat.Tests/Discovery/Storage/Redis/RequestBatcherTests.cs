using P2PChat.Discovery.Storage.Redis;

namespace P2PChat.Tests.Discovery.Storage.Redis;

public sealed class RequestBatcherTests
{
    private readonly List<int[]> _sent = [];
    private readonly Queue<TaskCompletionSource> _gates = new();

    [Fact]
    public async Task First_request_goes_at_once_and_later_ones_as_a_batch()
    {
        var batcher = CreateBatcher();
        var first = Gate();
        var one = batcher.SendAsync(1, CancellationToken.None);
        var others = Enumerable
            .Range(2, 3)
            .Select(request => batcher.SendAsync(request, CancellationToken.None))
            .ToArray();
        Assert.Equal(
            [
                [1],
            ],
            _sent
        );

        first.SetResult();
        Assert.Equal("1", await one);
        Assert.Equal(["2", "3", "4"], await Task.WhenAll(others));
        Assert.Equal(
            [
                [1],
                [2, 3, 4],
            ],
            _sent
        );
    }

    [Fact]
    public async Task Batch_size_is_limited()
    {
        var batcher = CreateBatcher();
        var first = Gate();
        var all = Enumerable
            .Range(0, 1 + RequestBatcher<int, string>.MaxBatch + 1)
            .Select(request => batcher.SendAsync(request, CancellationToken.None))
            .ToArray();
        first.SetResult();
        await Task.WhenAll(all);
        Assert.Equal([1, RequestBatcher<int, string>.MaxBatch, 1], _sent.Select(batch => batch.Length));
    }

    [Fact]
    public async Task Failure_of_one_request_fails_only_that_request()
    {
        var batcher = CreateBatcher(poison: 3);
        var first = Gate();
        var one = batcher.SendAsync(1, CancellationToken.None);
        var (two, three, four) = (
            batcher.SendAsync(2, CancellationToken.None),
            batcher.SendAsync(3, CancellationToken.None),
            batcher.SendAsync(4, CancellationToken.None)
        );
        first.SetResult();
        Assert.Equal("1", await one);
        Assert.Equal("2", await two);
        await Assert.ThrowsAsync<FormatException>(() => three);
        Assert.Equal("4", await four);
    }

    [Fact]
    public async Task Failure_of_the_connection_fails_the_batch_but_not_the_next_one()
    {
        var batcher = CreateBatcher();
        var first = Gate();
        var second = Gate();
        var one = batcher.SendAsync(1, CancellationToken.None);
        var others = new[]
        {
            batcher.SendAsync(2, CancellationToken.None),
            batcher.SendAsync(3, CancellationToken.None),
        };
        second.SetException(new TimeoutException());
        first.SetResult();
        Assert.Equal("1", await one);
        foreach (var other in others)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => other);
        }

        Assert.Equal("4", await batcher.SendAsync(4, CancellationToken.None));
    }

    [Fact]
    public async Task Cancelling_one_caller_does_not_cancel_the_batch()
    {
        using var cancellation = new CancellationTokenSource();
        var batcher = CreateBatcher();
        var first = Gate();
        var one = batcher.SendAsync(1, CancellationToken.None);
        var (cancelled, other) = (
            batcher.SendAsync(2, cancellation.Token),
            batcher.SendAsync(3, CancellationToken.None)
        );
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        first.SetResult();
        Assert.Equal("1", await one);
        Assert.Equal("3", await other);
    }

    private TaskCompletionSource Gate()
    {
        var gate = new TaskCompletionSource();
        _gates.Enqueue(gate);
        return gate;
    }

    private RequestBatcher<int, string> CreateBatcher(int? poison = null) =>
        new(
            async requests =>
            {
                lock (_sent)
                {
                    _sent.Add([.. requests]);
                }

                if (_gates.TryDequeue(out var gate))
                {
                    await gate.Task;
                }

                if (poison is { } bad && requests.Contains(bad))
                {
                    throw new FormatException();
                }

                return [.. requests.Select(request => $"{request}")];
            },
            exception => exception is FormatException
        );
}
