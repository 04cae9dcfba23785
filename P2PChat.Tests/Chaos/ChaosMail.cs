using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Chaos;

/// <summary>
/// Two peers that are not there at the same time: what the one has for the other can only come by mail. So it is counted,
/// for a run in which each message came on a link would show nothing of the mailbox.
/// </summary>
internal sealed class ChaosMail(IReadOnlyList<ChaosPeer> peers)
{
    // Whatever else is broken meanwhile may keep mail from coming: then it is given up, and the messages come later.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private int _carried;
    private int _rounds;
    private int _notLeft;
    private int _notCollected;

    /// <summary>How many messages arrived while their sender was dead, sent after their receiver's death.</summary>
    public int Carried => _carried;

    public override string ToString() =>
        $"{_carried} messages by mail alone in {_rounds} rounds, {_notLeft} in which none was left, {_notCollected} in which none was collected";

    /// <summary>
    /// Kills the receiver; the sender when it has left mail; starts the receiver, and the sender again when something has
    /// come, or nothing for too long.
    /// </summary>
    /// <param name="send">Called in between, where the flow does not send by itself.</param>
    /// <returns>Whether something has come.</returns>
    public async Task<bool> CarryAsync(ChaosFlow flow, Func<Task>? send = null)
    {
        var (from, to) = (flow.From, flow.To);
        await to.KillAsync();
        // What is sent before the death is noticed counts as sent though nobody has it: it is not what was left as mail.
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

        // By its history: it may have collected before anybody listened to what it tells.
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
            await Eventually.True(condition, Patience, "mail goes");
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
