using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>The introduction at the start of the first envelopes to a new contact.</summary>
/// <param name="Grant">The capability for this peer's mailbox.</param>
internal sealed record MailHead(Request Request, ReadOnlyMemory<byte> Grant);

/// <summary>
/// Decides when to deposit mail for the other peer while there is no link, and passes mail to and from the state
/// machine. Owns the due time, the failure count and the deposit in progress. Guarded by the session's lock.
/// </summary>
internal sealed class MailboxSchedule(SessionHost host)
{
    private static readonly TimeSpan LongestRoomPause = TimeSpan.FromSeconds(5);

    private readonly SessionContext _context = host.Context;
    private TaskCompletionSource<ConversationMail?>? _composing;
    private DateTimeOffset? _due;
    private DateTimeOffset _endedAt;
    private bool _isOffline;
    private int _failures;

    /// <summary>Whether the other side has granted a capability, and this side deposits mail.</summary>
    public bool CanDeposit
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Capabilities.HasMailbox;
            }
        }
    }

    private TimeSpan RoomPause => RoomPauseFor(_context.RoomMembers.All.Count);

    /// <summary>Whether a deposit is in progress.</summary>
    internal bool IsDepositing { get; private set; }

    /// <summary>
    /// Begins to deposit mail if there is some, no link, and a capability. After each success call <see cref="End"/>.
    /// </summary>
    /// <param name="evenIfNotDue">Whether to deposit before the due time, unless a deposit has failed.</param>
    /// <param name="due">When to call again if nothing changes; null to wait for a change.</param>
    /// <returns>The capability; null if there is nothing to do now.</returns>
    public ReadOnlyMemory<byte>? TryBegin(bool evenIfNotDue, out DateTimeOffset? due)
    {
        due = null;
        lock (host.StateLock)
        {
            if (
                IsDepositing
                || host.Lifecycle.IsRetired
                || host.Machine.IsConnected
                || !host.Machine.HasMail
                || host.Capabilities.Theirs is not { } capability
            )
            {
                // The next link carries the waiting messages. When that link is lost, the wait starts over.
                if (!IsDepositing && _failures == 0)
                {
                    _due = null;
                }

                return null;
            }

            var now = _context.SteadyClock.GetUtcNow();
            _due ??= now + MailPause.Jittered(_context.DepositAfter);
            if (now < _due && !(evenIfNotDue && _failures == 0))
            {
                due = _due;
                return null;
            }

            IsDepositing = true;
            return capability;
        }
    }

    /// <param name="pause">How long to wait before the next attempt; null if nothing has failed.</param>
    public void End(MailPause? pause)
    {
        lock (host.StateLock)
        {
            IsDepositing = false;
            _failures = pause is null ? 0 : _failures + 1;
            _endedAt = _context.SteadyClock.GetUtcNow();
            _due =
                pause is { } failed ? _endedAt + failed.After(_failures)
                : host.Machine.HasMail ? _endedAt + RoomPause
                : null;
        }

        _context.Timers.Signal();
    }

    /// <summary>
    /// Deposits mail without waiting for a link. Call it when the directory says that the other peer is offline.
    /// </summary>
    public void Expedite()
    {
        lock (host.StateLock)
        {
            _isOffline = !host.Machine.IsConnected;
            if (_failures == 0 && _isOffline && host.Machine.HasMail)
            {
                _due = _context.SteadyClock.GetUtcNow();
            }
        }

        _context.Timers.Mail.Signal();
    }

    /// <summary>
    /// The pause between two deposits of events of rooms. Each event goes to all members that are away, so the more
    /// there are, the more events each deposit gathers.
    /// </summary>
    internal static TimeSpan RoomPauseFor(int members)
    {
        var pause = TimeSpan.FromSeconds(1) + (members * TimeSpan.FromMilliseconds(50));
        return pause < LongestRoomPause ? pause : LongestRoomPause;
    }

    /// <summary>The conversation goes over a link, so the other peer is not offline. Call it under the lock.</summary>
    internal void OnLinkInUse() => _isOffline = false;

    /// <summary>
    /// Deposits an event of a room soon, if a lookup has found the other peer offline since the last link.
    /// </summary>
    public void ExpediteForRoom()
    {
        lock (host.StateLock)
        {
            // What is added during a deposit is due after the pause in any case.
            if (!IsDepositing && _failures == 0 && _isOffline && host.Machine.HasMail)
            {
                var (now, next) = (_context.SteadyClock.GetUtcNow(), _endedAt + RoomPause);
                next = now < next ? next : now;
                _due = _due < next ? _due : next;
            }
        }

        _context.Timers.Mail.Signal();
    }

    /// <summary>
    /// Composes the next mail. The task completes when the changes that the mail depends on are committed.
    /// </summary>
    /// <param name="head">What the mail begins with while the two are being introduced.</param>
    /// <returns>Null, or a task with null, if there is no mail.</returns>
    public Task<ConversationMail?>? ComposeAsync(int maxBytes, MailHead? head = null)
    {
        lock (host.StateLock)
        {
            if (
                host.Lifecycle.IsRetired
                || host.Machine.IsConnected
                // The introduction has begun since the caller looked. The mail is due again.
                || (head is null && host.Machine.Introduction != MailIntroduction.None)
                || !host.Machine.ComposeMail(maxBytes, head?.Request, head?.Grant ?? default)
            )
            {
                return null;
            }

            var composing = _composing = new TaskCompletionSource<ConversationMail?>(
                TaskCreationOptions.RunContinuationsAsynchronously
            );
            host.Drain();
            return composing.Task;
        }
    }

    /// <summary>Call it when the mail is in the other peer's mailbox.</summary>
    public void OnDeposited(ConversationMail mail)
    {
        lock (host.StateLock)
        {
            if (!host.Lifecycle.IsBroken)
            {
                host.Machine.Deposited(mail);
                host.Drain();
            }
        }
    }

    /// <summary>Deposits unacknowledged mail again. Call it when the directory has lost its mailboxes.</summary>
    public void OnMailboxesLost()
    {
        lock (host.StateLock)
        {
            if (!host.Lifecycle.IsRetired)
            {
                host.Machine.MailboxesLost();
                host.Drain();
            }
        }
    }

    /// <summary>Processes the frames of an envelope that the other peer has sent.</summary>
    /// <param name="mail">The envelope's number, which <see cref="MailboxNotifications.MailReceived"/> reports.</param>
    /// <returns>Null if this session is retired and the caller must use another.</returns>
    public MailOutcome? Receive(long mail, IReadOnlyList<Frame> frames)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return null;
            }

            var outcome = host.Machine.ReceiveMail(mail, frames);
            host.Drain();
            return outcome;
        }
    }

    internal void OnComposed(ConversationMail mail) => _ = _composing?.TrySetResult(mail);

    /// <summary>Ends a wait for a composed mail.</summary>
    internal void Abort() => _ = _composing?.TrySetResult(null);

    /// <summary>Forgets failures. Call it when the other side grants a capability.</summary>
    internal void Retry()
    {
        if (!IsDepositing)
        {
            (_due, _failures) = (null, 0);
        }
    }
}
