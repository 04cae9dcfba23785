using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>Two peers that send each other messages all the time.</summary>
internal sealed class SteadyChat : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _end = new();
    private readonly Direction[] _directions;

    public SteadyChat(LabPeer one, LabPeer other) =>
        _directions = [new Direction(one, other, _end.Token), new Direction(other, one, _end.Token)];

    /// <summary>Waits until messages that were sent from now on have arrived, in both directions.</summary>
    /// <returns>The time that it took.</returns>
    public async Task<TimeSpan> FlowsAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(_directions.Select(each => each.FlowsAsync()));
        return TimeProvider.System.GetElapsedTime(start);
    }

    /// <summary>Stops sending, and checks that every message arrived once and in order.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_directions.Select(each => each.EndAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_directions.Select(each => each.Sending));
        _end.Dispose();
    }

    private sealed class Direction
    {
        private readonly LabPeer _from;
        private readonly LabPeer _to;
        private int _sent;

        public Direction(LabPeer from, LabPeer to, CancellationToken end)
        {
            (_from, _to) = (from, to);
            Sending = SendAsync(end);
        }

        public Task Sending { get; }

        public Task FlowsAsync() => ReceivedAsync(Volatile.Read(ref _sent) + 1);

        public async Task EndAsync()
        {
            await Sending;
            await ReceivedAsync(_sent);
            var received = await _to.TextsFromAsync(_from.Name);
            Assert.Equal(Enumerable.Range(1, _sent).Select(number => $"{number}"), received);
        }

        private Task ReceivedAsync(int count) =>
            Eventually.True(
                async () => (await _to.TextsFromAsync(_from.Name)).Count >= count,
                Patience,
                $"{_to.Name} receives message {count} of {_from.Name}: {_from.Output}{_to.Output}",
                Eventually.LongPause
            );

        private async Task SendAsync(CancellationToken end)
        {
            using var timer = new PeriodicTimer(Pause);
            while (!end.IsCancellationRequested)
            {
                await _from.Api.SendAsync(_to.Name, $"{_sent + 1}", cancellationToken: CancellationToken.None);
                Interlocked.Increment(ref _sent);
                try
                {
                    await timer.WaitForNextTickAsync(end);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
