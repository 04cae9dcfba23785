using P2PChat.Client;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Chaos;

/// <summary>
/// Two peers that are never online at the same time, so that messages arrive only by mail. They are counted, because a
/// run without mail would not test the mailbox.
/// </summary>
internal sealed class ChaosMail(IReadOnlyList<ChaosPeer> peers)
{
    // Another fault may delay mail. The attempt is then abandoned, and the messages arrive later.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private int _carried;
    private int _rounds;
    private int _notLeft;
    private int _notCollected;

    /// <summary>Number of messages that arrived only by mail.</summary>
    public int Carried => _carried;

    public override string ToString() =>
        $"{_carried} messages by mail only in {_rounds} rounds, {_notLeft} without a deposit, "
        + $"{_notCollected} without a collection";

    /// <summary>
    /// Kills the receiver, then the sender once it has deposited mail. Restarts the receiver, then the sender once
    /// mail has arrived or the time is over.
    /// </summary>
    /// <param name="send">Sends a message if the flow is idle.</param>
    /// <returns>Whether mail has arrived.</returns>
    public async Task<bool> CarryAsync(ChaosFlow flow, Func<Task>? send = null)
    {
        var (from, to) = (flow.From, flow.To);
        await to.KillAsync();
        // Messages sent before the sender notices the death count as sent, but are not mail.
        _ = await HoldsAsync(() => from.MissesAsync(to));
        var last = flow.LastBegun;
        if (send is not null)
        {
            await send();
        }

        var isLeft = await HoldsAsync(async () =>
            (await from.NewestAsync(to.Name)).Any(message =>
                message.State == MessageState.Sent
                && message.From == from.Name
                && ChaosText.NumberOf(message.Text) > last
            )
        );
        await from.KillAsync();
        await to.ReviveAsync(OthersOf(to));
        if (isLeft)
        {
            _ = await HoldsAsync(async () => await ArrivedAsync() > 0);
        }

        var arrived = await ArrivedAsync();
        await from.ReviveAsync(OthersOf(from));
        _ = Interlocked.Add(ref _carried, arrived);
        _ = Interlocked.Increment(ref _rounds);
        if (arrived == 0)
        {
            _ = Interlocked.Increment(ref isLeft ? ref _notCollected : ref _notLeft);
        }

        return arrived > 0;

        // Checked in the history, because it may collect before anyone reads its events.
        async Task<int> ArrivedAsync() =>
            (await to.NewestAsync(from.Name)).Count(message =>
                message.From == from.Name && ChaosText.NumberOf(message.Text) > last
            );
    }

    private IEnumerable<ChaosPeer> OthersOf(ChaosPeer peer) => peers.Where(other => other != peer);

    private static async Task<bool> HoldsAsync(Func<Task<bool>> condition)
    {
        try
        {
            await Eventually.True(condition, Patience, "mail arrives");
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
