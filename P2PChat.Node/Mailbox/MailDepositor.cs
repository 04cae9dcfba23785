using System.Security.Cryptography;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Node.Mailbox;

/// <summary>Leaves in contacts' mailboxes what could not be told them on a link.</summary>
internal sealed partial class MailDepositor(
    SessionTable sessions,
    PeerLookup lookup,
    PeerIdentity identity,
    MailboxClient mailbox,
    DirectoryRegistration membership,
    PeerMetrics metrics,
    PeerTimers timers,
    SteadyClock clock,
    ILogger<MailDepositor> logger
)
{
    private const int AtOnce = 8;

    private readonly ILogger<MailDepositor> _logger = logger;
    private int _timesUnknown;
    private DateTimeOffset? _due;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        membership.WasUnknown += timers.Mail.Signal;
        // Of what an earlier process left, and of what changed before the line above, nobody tells.
        timers.Mail.Signal();
        try
        {
            while (true)
            {
                await timers.Mail.WaitAsync(UntilDue, cancellationToken);
                _ = running.RemoveAll(task => task.IsCompleted);
                NoteLosses();
                Begin(running, cancellationToken);
            }
        }
        finally
        {
            membership.WasUnknown -= timers.Mail.Signal;
            await Task.WhenAll(running);
        }
    }

    private void Begin(List<Task> running, CancellationToken cancellationToken)
    {
        _due = null;
        foreach (var session in sessions.All)
        {
            if (running.Count >= AtOnce)
            {
                // A finished task has already signalled, and may still be counted.
                _due = clock.GetUtcNow();
                break;
            }

            if (session.TryBeginMail(evenIfNotDue: false, out var due) is { } capability)
            {
                running.Add(
                    Task.Run(() => DepositAsync(session, capability, cancellationToken), CancellationToken.None)
                );
            }
            else if (due < _due || _due is null)
            {
                _due = due;
            }
        }
    }

    /// <summary>The time until the next mail is due; <see cref="TimeSpan.MaxValue"/> if only a change makes some so.</summary>
    internal TimeSpan UntilDue() => _due - clock.GetUtcNow() ?? TimeSpan.MaxValue;

    /// <summary>Leaves at once what waits, as before this peer ends.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        NoteLosses();
        return Parallel.ForEachAsync(
            sessions.All,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (session, token) =>
            {
                if (session.TryBeginMail(evenIfNotDue: true, out _) is { } capability)
                {
                    await DepositAsync(session, capability, token);
                }
            }
        );
    }

    // A directory that does not know this peer any more has lost what was left with it, too, or may have.
    private void NoteLosses()
    {
        var times = membership.TimesUnknown;
        if (times == _timesUnknown)
        {
            return;
        }

        _timesUnknown = times;
        foreach (var session in sessions.All)
        {
            session.MailboxesLost();
        }
    }

    private async Task DepositAsync(
        ChatSession session,
        ReadOnlyMemory<byte> capability,
        CancellationToken cancellationToken
    )
    {
        MailPause? pause = MailPause.Growing;
        try
        {
            pause = await DepositAllAsync(session, capability, cancellationToken);
        }
        catch (DirectoryException e)
        {
            LogNotDeposited(e.Failure);
            metrics.Mail("not_deposited");
            pause = e.Failure switch
            {
                // A new grant makes an end of it; and one who has just come back may not have said yet whom it lets in.
                DirectoryFailure.CapabilityUnknown => MailPause.GrowingTo(MailPauses.Long),
                DirectoryFailure.MailboxFull or DirectoryFailure.Unreachable when e.RetryAfter is { } wait =>
                    MailPause.Of(wait),
                DirectoryFailure.Refused => MailPause.Of(MailPauses.Long),
                _ => MailPause.Growing,
            };
        }
        catch (PeerException e)
        {
            LogNotFound(e.Error);
        }
        catch (Exception e) when (e is CryptographicException or EnvelopeException)
        {
            LogNotSealed(e.GetType().Name);
            pause = MailPause.Of(MailPauses.Long);
        }
        catch (OperationCanceledException)
        {
            // The end, before which it may be tried once more.
            pause = null;
        }
        finally
        {
            session.EndMail(pause);
        }
    }

    /// <returns>How long to leave it alone; null if all has been left.</returns>
    private async Task<MailPause?> DepositAllAsync(
        ChatSession session,
        ReadOnlyMemory<byte> capability,
        CancellationToken cancellationToken
    )
    {
        if (session.Name is not { } name)
        {
            return MailPause.Growing;
        }

        var found = await lookup.FindAsync(name, cancellationToken);
        if (found.PeerId != session.Remote || found.Prekey is not { } prekey)
        {
            return MailPause.Of(MailPauses.Long);
        }

        while (
            session.ComposeMailAsync(Envelope.MaxContentSize) is { } composing
            && await composing.WaitAsync(cancellationToken) is { } mail
        )
        {
            _ = await mailbox.DepositAsync(
                name,
                capability,
                identity.Seal(mail.Frames, session.Remote, prekey),
                cancellationToken
            );
            metrics.Mail("deposited");
            session.MailDeposited(mail);
        }

        return null;
    }

    [LoggerMessage(LogLevel.Debug, "Mail is not left yet: {Failure}.")]
    private partial void LogNotDeposited(DirectoryFailure failure);

    [LoggerMessage(LogLevel.Debug, "Mail is not left yet, for its recipient is not found: {Error}.")]
    private partial void LogNotFound(PeerError error);

    [LoggerMessage(LogLevel.Warning, "Mail cannot be sealed for its recipient: {Error}.")]
    private partial void LogNotSealed(string error);
}

/// <summary>How long nothing is left for a peer.</summary>
internal readonly record struct MailPause
{
    private readonly TimeSpan _longest;
    private readonly bool _grows;

    private MailPause(TimeSpan longest, bool grows) => (_longest, _grows) = (longest, grows);

    /// <summary>For what time alone will change.</summary>
    public static MailPause Growing => GrowingTo(MailPauses.Usual);

    /// <summary>One that is twice as long after each failure in a row.</summary>
    public static MailPause GrowingTo(TimeSpan longest) => new(longest, grows: true);

    /// <summary>As long as the directory says; but what it says is not believed beyond <see cref="MailPauses.Long"/>.</summary>
    public static MailPause Of(TimeSpan length) =>
        new(length < MailPauses.Long ? length : MailPauses.Long, grows: false);

    /// <param name="failures">In a row.</param>
    public TimeSpan After(int failures) =>
        _grows ? MailPauses.After(failures, _longest) : _longest + MailPauses.Jittered(_longest / 4);
}
