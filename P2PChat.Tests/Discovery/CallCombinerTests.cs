using P2PChat.Discovery.Peers.Redis;

namespace P2PChat.Tests.Discovery;

public sealed class CallCombinerTests
{
    private readonly List<int[]> _sent = [];
    private readonly Queue<TaskCompletionSource> _gates = new();

    [Fact]
    public async Task The_first_goes_at_once_and_those_that_come_meanwhile_go_together()
    {
        var combiner = Combiner();
        var first = Gate();
        var one = combiner.CallAsync(1, CancellationToken.None);
        var others = Enumerable.Range(2, 3).Select(call => combiner.CallAsync(call, CancellationToken.None)).ToArray();
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
    public async Task No_more_go_together_than_may()
    {
        var combiner = Combiner();
        var first = Gate();
        var all = Enumerable
            .Range(0, 1 + CallCombiner<int, string>.MaxTogether + 1)
            .Select(call => combiner.CallAsync(call, CancellationToken.None))
            .ToArray();
        first.SetResult();
        await Task.WhenAll(all);
        Assert.Equal([1, CallCombiner<int, string>.MaxTogether, 1], _sent.Select(calls => calls.Length));
    }

    [Fact]
    public async Task A_failure_that_is_due_to_one_is_that_ones_alone()
    {
        var combiner = Combiner(poison: 3);
        var first = Gate();
        var one = combiner.CallAsync(1, CancellationToken.None);
        var (two, three, four) = (
            combiner.CallAsync(2, CancellationToken.None),
            combiner.CallAsync(3, CancellationToken.None),
            combiner.CallAsync(4, CancellationToken.None)
        );
        first.SetResult();
        Assert.Equal("1", await one);
        Assert.Equal("2", await two);
        await Assert.ThrowsAsync<FormatException>(() => three);
        Assert.Equal("4", await four);
    }

    [Fact]
    public async Task A_failure_that_is_due_to_none_is_everybodys_and_the_next_goes_again()
    {
        var combiner = Combiner();
        var first = Gate();
        var second = Gate();
        var one = combiner.CallAsync(1, CancellationToken.None);
        var others = new[]
        {
            combiner.CallAsync(2, CancellationToken.None),
            combiner.CallAsync(3, CancellationToken.None),
        };
        second.SetException(new TimeoutException());
        first.SetResult();
        Assert.Equal("1", await one);
        foreach (var other in others)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => other);
        }

        Assert.Equal("4", await combiner.CallAsync(4, CancellationToken.None));
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nobody_along()
    {
        using var patience = new CancellationTokenSource();
        var combiner = Combiner();
        var first = Gate();
        var one = combiner.CallAsync(1, CancellationToken.None);
        var (gone, stays) = (combiner.CallAsync(2, patience.Token), combiner.CallAsync(3, CancellationToken.None));
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        first.SetResult();
        Assert.Equal("1", await one);
        Assert.Equal("3", await stays);
    }

    private TaskCompletionSource Gate()
    {
        var gate = new TaskCompletionSource();
        _gates.Enqueue(gate);
        return gate;
    }

    private CallCombiner<int, string> Combiner(int? poison = null) =>
        new(
            async calls =>
            {
                lock (_sent)
                {
                    _sent.Add([.. calls]);
                }

                if (_gates.TryDequeue(out var gate))
                {
                    await gate.Task;
                }

                if (poison is { } bad && calls.Contains(bad))
                {
                    throw new FormatException();
                }

                return [.. calls.Select(call => $"{call}")];
            },
            exception => exception is FormatException
        );
}
