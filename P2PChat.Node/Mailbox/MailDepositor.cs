using System.Security.Cryptography;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Node.Mailbox;

/// <summary>Deposits mail in contacts' mailboxes while there is no link to them.</summary>
internal sealed partial class MailDepositor(
    SessionTable sessions,
    PeerLookup lookup,
    PeerIdentity identity,
    MailIntroducer introducer,
    MailboxClient mailbox,
    DirectoryRegistration registration,
    PeerMetrics metrics,
    PeerTimers timers,
    SteadyClock steadyClock,
    ILogger<MailDepositor> logger
)
{
    private const int MaxConcurrent = 8;

    private readonly ILogger<MailDepositor> _logger = logger;
    private int _timesUnknown;
    private DateTimeOffset? _due;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        registration.Created += timers.Mail.Signal;
        // Nothing announces mail of an earlier process, or a change before the line above.
        timers.Mail.Signal();
        try
        {
            while (true)
            {
                await timers.Mail.WaitAsync(UntilDue, cancellationToken);
                _ = running.RemoveAll(task => task.IsCompleted);
                HandleLostMailboxes();
                Begin(running, cancellationToken);
            }
        }
        finally
        {
            registration.Created -= timers.Mail.Signal;
            await Task.WhenAll(running);
        }
    }

    /// <summary>Deposits all waiting mail at once. Call it before this peer exits.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        HandleLostMailboxes();
        return Parallel.ForEachAsync(
            sessions.All,
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrent, CancellationToken = cancellationToken },
            async (session, cancellationToken) =>
            {
                if (session.Mail.TryBegin(evenIfNotDue: true, out _) is { } capability)
                {
                    await DepositAsync(session, capability, cancellationToken);
                }
            }
        );
    }

    /// <summary>
    /// The time until the next mail is due; <see cref="TimeSpan.MaxValue"/> if none will be without a change.
    /// </summary>
    internal TimeSpan UntilDue() => _due - steadyClock.GetUtcNow() ?? TimeSpan.MaxValue;

    private void Begin(List<Task> running, CancellationToken cancellationToken)
    {
        _due = null;
        foreach (var session in sessions.All)
        {
            if (running.Count >= MaxConcurrent)
            {
                // A finished task may still be counted although it has already signalled.
                _due = steadyClock.GetUtcNow();
                break;
            }

            if (session.Mail.TryBegin(evenIfNotDue: false, out var due) is { } capability)
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

    // A directory that no longer knows this peer may have lost the mail that was deposited there, too.
    private void HandleLostMailboxes()
    {
        var times = registration.CreationCount;
        if (times == _timesUnknown)
        {
            return;
        }

        _timesUnknown = times;
        foreach (var session in sessions.All)
        {
            session.Mail.OnMailboxesLost();
        }
    }

    private async Task DepositAsync(
        SessionHost session,
        ReadOnlyMemory<byte> capability,
        CancellationToken cancellationToken
    )
    {
        MailPause? pause = MailPause.Growing;
        try
        {
            pause = await DepositAllAsync(session, capability, cancellationToken);
        }
        catch (DirectoryException exception)
        {
            LogNotDeposited(exception.Failure);
            metrics.Mail("not_deposited");
            pause = exception.Failure switch
            {
                // A new grant ends this pause. A peer that has just started may not have granted its capabilities yet.
                DirectoryFailure.CapabilityUnknown => MailPause.GrowingTo(MailPause.Long),
                DirectoryFailure.MailboxFull or DirectoryFailure.Unreachable when exception.RetryAfter is { } wait =>
                    MailPause.Of(wait),
                DirectoryFailure.Refused => MailPause.Of(MailPause.Long),
                _ => MailPause.Growing,
            };
        }
        catch (PeerException exception)
        {
            LogNotFound(exception.Error);
        }
        catch (StoreException exception)
        {
            LogNotIntroduced(exception.GetType().Name);
        }
        catch (Exception exception) when (exception is CryptographicException or EnvelopeException)
        {
            LogNotSealed(exception.GetType().Name);
            pause = MailPause.Of(MailPause.Long);
        }
        catch (OperationCanceledException)
        {
            // This peer is shutting down, and FlushAsync may try again.
            pause = null;
        }
        finally
        {
            session.Mail.End(pause);
        }
    }

    /// <returns>How long to wait before the next attempt; null if nothing has failed.</returns>
    private async Task<MailPause?> DepositAllAsync(
        SessionHost session,
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
            return MailPause.Of(MailPause.Long);
        }

        var hasMore = true;
        while (
            hasMore
            && session.Mail.ComposeAsync(
                Envelope.MaxContentSize,
                await introducer.CreateAsync(session, cancellationToken)
            )
                is { } composing
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
            session.Mail.OnDeposited(mail);
            // What has been added meanwhile gathers until the next deposit.
            hasMore = mail.HasMore;
        }

        return null;
    }

    [LoggerMessage(LogLevel.Debug, "Mail could not be deposited: {Failure}.")]
    private partial void LogNotDeposited(DirectoryFailure failure);

    [LoggerMessage(LogLevel.Debug, "Mail could not be deposited because its recipient was not found: {Error}.")]
    private partial void LogNotFound(PeerError error);

    [LoggerMessage(LogLevel.Warning, "Mail could not be deposited because the store failed: {Error}.")]
    private partial void LogNotIntroduced(string error);

    [LoggerMessage(LogLevel.Warning, "Mail could not be sealed for its recipient: {Error}.")]
    private partial void LogNotSealed(string error);
}
