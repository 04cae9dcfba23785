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
    private bool _isContact = host.Machine.IsContact;

    /// <summary>
    /// Called when messages that the other side has lost are in the outbox again, so that the timer arrives behind the
    /// earlier ones. This side's own restore repeats nothing, because its timer may be outdated.
    /// </summary>
    /// <param name="lost">Those that are not sent again.</param>
    internal void BeginAfterLoss(IReadOnlyList<Guid> lost)
    {
        var timer = host.Messages.Timer;
        // One of ours is sent again like any other message. A repeat is one, so a claimed loss repeats it only once.
        var isMissing = timer.Current is { Id: var id } && (timer.Ours?.Id != id || lost.Contains(id));
        if (isMissing && host.NameClaim.Current is { } name)
        {
            var set = host.Messages.TimersSet;
            _ = Task.Run(() => SendAsync(name, timer.Seconds, set));
        }
    }

    /// <summary>
    /// Called when the two have become contacts, or a contact has another name. They may have been contacts before,
    /// under this key or another one.
    /// </summary>
    internal void OnAccepted(Username name)
    {
        // A contact could take the timer of each name in turn.
        if (_isContact)
        {
            return;
        }

        _isContact = true;
        var (timer, set) = (host.Messages.Timer, host.Messages.TimersSet);
        _ = Task.Run(() => timer.IsSet ? SendAsync(name, timer.Seconds, set) : SendEarlierAsync(name, set));
    }

    internal void OnContactRemoved() => _isContact = false;

    private async Task SendEarlierAsync(Username name, long set)
    {
        try
        {
            if (await _context.Store.Conversations.EarlierTimerAsync(name, host.Remote) is > 0 and var earlier)
            {
                await SendAsync(name, earlier, set);
            }
        }
        catch (StoreException exception)
        {
            _context.ContactStateLog.Failed(exception);
        }
    }

    /// <param name="set">Nothing is sent if either side has set another timer since then.</param>
    private async Task SendAsync(Username name, uint seconds, long set)
    {
        try
        {
            if (Send(name, seconds, set) is { } sent)
            {
                _ = await sent;
            }
        }
        catch (PeerException)
        {
            // They are no longer contacts, or the outbox is full. The user can set it again.
        }
    }

    private Task<Message>? Send(Username name, uint seconds, long set)
    {
        lock (host.StateLock)
        {
            if (host.Messages.TimersSet != set)
            {
                return null;
            }

            var content = host.Messages.Timer.Set(seconds);
            var draft = new MessageDraft(FallbackText.Of(content, ""), content) { IsAutomatic = true };
            return host.Messages.SendAsync(name, draft, key: null);
        }
    }
}
