using System.Globalization;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Upgrade;

/// <summary>Sends numbered messages from one peer to another, and checks what arrives.</summary>
internal sealed class MessageFlow : IAsyncDisposable
{
    // Below a peer's limit.
    private const int OnTheWay = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly UpgradingPeer _from;
    private readonly UpgradingPeer _to;
    private readonly CancellationTokenSource _end = new();
    private readonly List<string> _received = [];
    private readonly Task _run;
    private int _sent;
    private int _count;
    private Guid? _last;

    public MessageFlow(UpgradingPeer from, UpgradingPeer to)
    {
        (_from, _to) = (from, to);
        _run = RunAsync();
    }

    /// <summary>Waits until this many more have arrived.</summary>
    public async Task MoveAsync(int messages)
    {
        var aim = Volatile.Read(ref _count) + messages;
        var moved = Eventually.True(
            () => Volatile.Read(ref _count) >= aim,
            Patience,
            $"more messages arrive from {_from.Username} at {_to.Username}"
        );
        await await Task.WhenAny(moved, _run);
    }

    /// <summary>Waits until the window is full because the receiver is away.</summary>
    public async Task QueueAsync()
    {
        var queued = Eventually.True(
            () => Volatile.Read(ref _sent) - Volatile.Read(ref _count) >= OnTheWay,
            Patience,
            $"{_from.Username}'s messages wait for {_to.Username}"
        );
        await await Task.WhenAny(queued, _run);
    }

    /// <summary>Ends the flow, and compares what arrived with what was sent.</summary>
    /// <returns>The number of sent messages.</returns>
    public async Task<int> EndAsync()
    {
        await DisposeAsync();
        await Eventually.True(
            async () =>
            {
                _ = await ReceiveAsync();
                return _received.Count >= _sent
                    && (await _from.MessagesAsync(_to, after: null))
                        .Where(message => message.GetProperty("from").GetString() == _from.Username)
                        .All(message => message.GetProperty("state").GetString() is not ("queued" or "sent"));
            },
            Patience,
            $"each of {_from.Username}'s messages has come, and {_from.Username} knows"
        );
        Assert.Equal(Enumerable.Range(1, _sent).Select(Text), _received);
        return _sent;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            await Eventually.True(
                async () => _end.IsCancellationRequested || await StepAsync(),
                Patience,
                $"{_from.Username} gets on with {_to.Username}"
            );
        }
    }

    /// <returns>Whether anything was sent or received.</returns>
    private async Task<bool> StepAsync()
    {
        var moved = await ReceiveAsync();
        if (_sent - _received.Count < OnTheWay && await _from.TrySendAsync(_to, Text(_sent + 1)))
        {
            Volatile.Write(ref _sent, _sent + 1);
            moved = true;
        }

        return moved;
    }

    private async Task<bool> ReceiveAsync()
    {
        var messages = await _to.MessagesAsync(_from, _last);
        foreach (var message in messages)
        {
            _last = message.GetProperty("id").GetGuid();
            if (message.GetProperty("from").GetString() == _from.Username)
            {
                _received.Add(message.GetProperty("text").GetString()!);
            }
        }

        var moved = _received.Count > _count;
        Volatile.Write(ref _count, _received.Count);
        return moved;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
