using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <content>
/// The way by the mailboxes: what lets each leave mail for the other, what is to be left while there is no link, and what
/// has been collected.
/// </content>
internal sealed partial class ChatSession
{
    private TaskCompletionSource<ConversationMail?>? _composing;
    private ReadOnlyMemory<byte>? _theirCapability;
    private bool _keepingCapability;
    private DateTimeOffset? _mailDue;
    private int _mailFailures;
    private bool _mailing;

    /// <summary>Whether the other side has granted a capability, and this side sends mail.</summary>
    public bool CanLeaveMail
    {
        get
        {
            lock (_gate)
            {
                return HasMailbox;
            }
        }
    }

    /// <summary>The way in which a message would go out now.</summary>
    public SendRoute Route
    {
        get
        {
            lock (_gate)
            {
                return _machine.IsConnected ? SendRoute.Link
                    : HasMailbox ? SendRoute.Mailbox
                    : SendRoute.Queue;
            }
        }
    }

    private bool HasMailbox => _theirCapability is not null && !_context.IsEphemeral;

    /// <summary>
    /// Begins to leave mail, if there is some, no link, and a capability; for each there must be one
    /// <see cref="EndMail"/>.
    /// </summary>
    /// <param name="due">When to ask again if nothing changes; null to wait for a change.</param>
    /// <returns>The capability; null if there is nothing to do now.</returns>
    public ReadOnlyMemory<byte>? TryBeginMail(bool evenIfNotDue, out DateTimeOffset? due)
    {
        due = null;
        lock (_gate)
        {
            if (
                _mailing
                || _retired
                || _broken
                || _machine.IsConnected
                || !_machine.HasMail
                || _theirCapability is not { } capability
            )
            {
                // What is told on the next link need not be left; and a link that is lost for a moment is waited for anew.
                if (!_mailing && _mailFailures == 0)
                {
                    _mailDue = null;
                }

                return null;
            }

            var now = _context.Steady.GetUtcNow();
            _mailDue ??= now + MailPauses.Jittered(_context.DepositAfter);
            if (now < _mailDue && !(evenIfNotDue && _mailFailures == 0))
            {
                due = _mailDue;
                return null;
            }

            _mailing = true;
            return capability;
        }
    }

    /// <param name="pause">How long nothing is left; null if nothing has failed.</param>
    public void EndMail(MailPause? pause)
    {
        lock (_gate)
        {
            _mailing = false;
            _mailFailures = pause is null ? 0 : _mailFailures + 1;
            _mailDue = pause is { } failed ? _context.Steady.GetUtcNow() + failed.After(_mailFailures) : null;
        }

        _context.Timers.Signal();
    }

    /// <summary>The directory says that the other is away: no link is to be waited for.</summary>
    public void HastenMail()
    {
        lock (_gate)
        {
            if (_mailFailures == 0 && !_machine.IsConnected && _machine.HasMail)
            {
                _mailDue = _context.Steady.GetUtcNow();
            }
        }

        _context.Timers.Mail.Signal();
    }

    /// <summary>What is to be left next, as soon as the store has what it stands on.</summary>
    /// <returns>Null, now or later, if there is nothing.</returns>
    public Task<ConversationMail?>? ComposeMailAsync(int maxBytes)
    {
        lock (_gate)
        {
            if (_retired || _broken || _machine.IsConnected || !_machine.ComposeMail(maxBytes))
            {
                return null;
            }

            var composing = _composing = new TaskCompletionSource<ConversationMail?>(
                TaskCreationOptions.RunContinuationsAsynchronously
            );
            Apply();
            return composing.Task;
        }
    }

    /// <summary>It lies in the other's mailbox.</summary>
    public void MailDeposited(ConversationMail mail)
    {
        lock (_gate)
        {
            if (_broken)
            {
                return;
            }

            _machine.Deposited(mail);
            Apply();
        }
    }

    /// <summary>The directory has lost its mailboxes: what lay there is to be left again.</summary>
    public void MailboxesLost()
    {
        lock (_gate)
        {
            if (_retired || _broken)
            {
                return;
            }

            _machine.MailboxesLost();
            Apply();
        }
    }

    /// <summary>Takes an envelope's frames; its sender is the other peer.</summary>
    /// <param name="mail">Its number, by which <see cref="MailboxNotifications.MailTaken"/> is told.</param>
    /// <returns>Null if this session is no longer used: take another.</returns>
    public MailOutcome? ReceiveMail(long mail, IReadOnlyList<Frame> frames)
    {
        lock (_gate)
        {
            if (_retired || _broken)
            {
                return null;
            }

            var outcome = _machine.ReceiveMail(mail, frames);
            Apply();
            return outcome;
        }
    }

    // Under the lock. The store has it before the other does, and gives the same one each time.
    private void GrantMail()
    {
        if (!_ephemeral && !_context.IsEphemeral)
        {
            _ = Task.Run(GrantMailAsync);
        }
    }

    private async Task GrantMailAsync()
    {
        try
        {
            if (await _context.Store.GrantAsync(Remote) is not { } capability)
            {
                return;
            }

            _context.Mail.Granted(capability);
            lock (_gate)
            {
                if (_broken || !_machine.GrantMailbox(capability))
                {
                    return;
                }

                Apply();
            }
        }
        catch (StoreException e)
        {
            NotTold(e);
        }
    }

    // Under the lock.
    private void TakeGrant(ReadOnlyMemory<byte> capability)
    {
        if (_ephemeral || _context.IsEphemeral)
        {
            return;
        }

        if (_theirCapability is { } known && known.Span.SequenceEqual(capability.Span))
        {
            // The directory may have refused it before it was told of it.
            RetryMail();
            return;
        }

        _theirCapability = capability;
        RetryMail();
        if (_keepingCapability)
        {
            return;
        }

        _keepingCapability = true;
        _ = Task.Run(KeepCapabilityAsync);
    }

    private void RetryMail()
    {
        if (!_mailing)
        {
            (_mailDue, _mailFailures) = (null, 0);
        }
    }

    // One at a time, and only the newest: who grants without end does not fill the store's queue.
    private async Task KeepCapabilityAsync()
    {
        ReadOnlyMemory<byte>? kept = null;
        while (true)
        {
            lock (_gate)
            {
                if (_broken || _theirCapability is null || (kept is { } last && last.Equals(_theirCapability.Value)))
                {
                    _keepingCapability = false;
                    return;
                }

                kept = _theirCapability;
            }

            try
            {
                await _context.Store.KeepCapabilityAsync(Remote, kept.Value);
            }
            catch (StoreException e)
            {
                NotTold(e);
            }
        }
    }
}
