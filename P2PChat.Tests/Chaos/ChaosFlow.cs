using System.Collections.Concurrent;
using P2PChat.Client;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Chaos;

/// <summary>Sends messages from one user to another continuously, and retries each until it is accepted.</summary>
internal sealed class ChaosFlow(ChaosPeer from, ChaosPeer to, int seed)
{
    private const int BurstUpTo = 4;
    private const int LongOneIn = 20;
    private const int LongUpTo = 20_000;
    private const int ReadsOneIn = 30;

    // Longer than any outage, even on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new(seed);
    private Guid? _settled;
    private int _last;

    public ChaosPeer From => from;

    public ChaosPeer To => to;

    /// <summary>Number of the last message whose sending has begun.</summary>
    public int LastBegun => Volatile.Read(ref _last);

    /// <summary>Accepted messages in order.</summary>
    public ConcurrentQueue<ChaosFact.Sent> Sent { get; } = new();

    public async Task RunAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(Pause);
        while (!end.IsCancellationRequested)
        {
            for (var burst = _random.Next(BurstUpTo); burst >= 0; burst--)
            {
                await SendAsync();
                if (_random.Next(ReadsOneIn) == 0)
                {
                    await from.ReadAllAsync(to);
                }
            }

            _ = await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Sends the next message until it is accepted.</summary>
    public async Task SendAsync()
    {
        var text = ChaosText.Of(
            from.Name,
            to.Name,
            Interlocked.Increment(ref _last),
            _random.Next(LongOneIn) == 0 ? _random.Next(LongUpTo) : 0
        );
        var begun = DateTimeOffset.UtcNow;
        await Eventually.True(() => from.TrySendAsync(to, text), Patience, $"'{ChaosText.Short(text)}' is taken");
        Sent.Enqueue(new ChaosFact.Sent(from.Name, to.Name, text, begun));
    }

    /// <summary>Returns whether every message has reached a final state at its sender.</summary>
    public async Task<bool> IsSettledAsync()
    {
        while (await from.MessagesAsync(to.Name, _settled) is { Count: > 0 } page)
        {
            if (
                page.Any(message =>
                    message.From == from.Name && message.State is MessageState.Queued or MessageState.Sent
                )
            )
            {
                return false;
            }

            _settled = page[^1].Id;
        }

        return true;
    }

    public override string ToString() => $"{from.Name} to {to.Name}";
}
