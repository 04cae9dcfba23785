using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Sends the timer of the conversation again when the other side may not have it, so that both keep the same. The user
/// sees it as a line. Part of a session: see <see cref="SessionHost"/>.
/// </summary>
internal sealed class TimerRepeats(SessionHost host)
{
    private readonly SessionContext _context = host.Context;

    /// <summary>Called when one of the two runs on an older copy of its data.</summary>
    internal void BeginAfterLoss()
    {
        if (host.NameClaim.Current is { } name && host.Messages.Timer is { IsSet: true } timer)
        {
            _ = Task.Run(() => SendAsync(name, timer.Seconds));
        }
    }

    /// <summary>
    /// Called when the two have become contacts. They may have been contacts before, under this key or another one.
    /// </summary>
    internal void BeginAfterAccepting(Username name)
    {
        var timer = host.Messages.Timer;
        _ = Task.Run(() => timer.IsSet ? SendAsync(name, timer.Seconds) : SendEarlierAsync(name));
    }

    private async Task SendEarlierAsync(Username name)
    {
        try
        {
            // Unless one of the two has set another one meanwhile.
            if (
                await _context.Store.Conversations.EarlierTimerAsync(name, host.Remote) is > 0 and var earlier
                && !host.Messages.Timer.IsSet
            )
            {
                await SendAsync(name, earlier);
            }
        }
        catch (StoreException exception)
        {
            _context.ContactStateLog.Failed(exception);
        }
    }

    private async Task SendAsync(Username name, uint seconds)
    {
        try
        {
            var content = host.Messages.Timer.Set(seconds);
            if (
                host.Messages.SendAsync(name, new MessageDraft(FallbackText.Of(content, ""), content), key: null) is
                { } sent
            )
            {
                _ = await sent;
            }
        }
        catch (PeerException)
        {
            // They are no longer contacts, or the outbox is full. The user can set it again.
        }
    }
}
