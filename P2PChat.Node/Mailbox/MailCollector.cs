using System.Threading.Channels;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Collects this peer's mailbox when the directory signals mail, passes the envelopes to their sessions, and deletes
/// the mailbox's copies once their items are committed. Mail from anybody but a contact is deleted unread, unless it
/// asks to become one. Envelopes that cannot be processed yet are fetched again as <see cref="MailBacklog"/> says.
/// </summary>
internal sealed partial class MailCollector(
    SessionTable sessions,
    PeerStore store,
    Contacts contacts,
    PrekeyRing prekeys,
    PeerIdentity identity,
    MailRequestReceiver strangers,
    RequestBoxCollector requestBox,
    MailboxNotifications notifications,
    MailboxClient mailbox,
    SignalWatch signals,
    DirectoryRegistration registration,
    PeerMetrics metrics,
    SteadyClock steadyClock,
    ILogger<MailCollector> logger
)
{
    // More than a mailbox holds. A directory that returns pages without end is asked again later.
    private const int MaxPages = 1024;

    // The default size of a page.
    private const int MaxRun = 64;

    private readonly ILogger<MailCollector> _logger = logger;
    private readonly EnvelopeOpener _opener = new(store, contacts, prekeys, identity.PeerId, metrics, logger);
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly MailBacklog _backlog = new();
    private readonly HashSet<string> _toDelete = new(StringComparer.Ordinal);
    private readonly long _startedAt = steadyClock.GetTimestamp();
    private int _timesUnknown = registration.CreationCount;

    private TimeSpan Now => steadyClock.GetElapsedTime(_startedAt);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        registration.Created += OnWasUnknown;
        try
        {
            await Task.WhenAll(ListenAsync(cancellationToken), CollectAsync(cancellationToken));
        }
        finally
        {
            registration.Created -= OnWasUnknown;
        }
    }

    /// <summary>Deletes the mailbox's copies of the items that have been committed.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        ReadTaken();
        await DeleteAsync(cancellationToken);
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in signals.Mail.ReadAllAsync(cancellationToken))
        {
            _signals.Writer.TryWrite(true);
        }
    }

    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        var (failures, hasNew) = (0, false);
        while (true)
        {
            var wait =
                failures > 0 ? MailPause.Growing.After(failures)
                : hasNew ? TimeSpan.Zero
                : UntilDue();
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var signal = _signals.Reader.WaitToReadAsync(wake.Token).AsTask();
            var taken = notifications.Taken.WaitToReadAsync(wake.Token).AsTask();
            _ = await Task.WhenAny(signal, taken, Task.Delay(wait, steadyClock, wake.Token));
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            try
            {
                ReadTaken();
                ForgetIfMailboxLost();
                var isSignalled = _signals.Reader.TryRead(out _) || hasNew;
                hasNew = isSignalled;
                if (hasNew)
                {
                    await CollectNewAsync(cancellationToken);
                }

                hasNew = false;
                // If all known envelopes are gone, the directory may have lost its mailboxes and restarted its ids.
                hasNew = await CollectDueAsync(cancellationToken) && _backlog.Newest is null;
                ReadTaken();
                await DeleteAsync(cancellationToken);
                var isIncomplete = isSignalled && await requestBox.CollectAsync(cancellationToken);
                hasNew |= isIncomplete;
                failures = isIncomplete ? failures + 1 : 0;
            }
            catch (Exception exception) when (exception is DirectoryException or PeerException or StoreException)
            {
                LogNotCollected(exception.GetType().Name);
                failures++;
            }
        }
    }

    private TimeSpan UntilDue()
    {
        if (_backlog.NextDue is not { } due)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var wait = due - Now;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private void OnWasUnknown() => _signals.Writer.TryWrite(true);

    // A name that the directory had forgotten has a new mailbox. Its ids may be lower than old ones, or equal to them.
    private void ForgetIfMailboxLost()
    {
        var times = registration.CreationCount;
        if (times == _timesUnknown)
        {
            return;
        }

        _timesUnknown = times;
        ForgetIds();
    }

    private void ForgetIds()
    {
        _backlog.Clear();
        _toDelete.Clear();
    }

    private void ReadTaken()
    {
        while (notifications.Taken.TryRead(out var number))
        {
            if (_backlog.OnCommitted(number) is { } id)
            {
                _ = _toDelete.Add(id);
            }
        }
    }

    // Begins after the known envelopes, so that a mailbox of unusable mail is fetched once.
    private async Task CollectNewAsync(CancellationToken cancellationToken)
    {
        var after = _backlog.Newest;
        for (var pages = 0; pages < MaxPages && !_backlog.IsFull; pages++)
        {
            var page = await FetchAsync(after, limit: null, cancellationToken);
            foreach (var envelope in page.Envelopes.Where(envelope => !_backlog.Contains(envelope.Id)))
            {
                await ProcessAsync(envelope, cancellationToken);
            }

            if (page.Next is null)
            {
                break;
            }

            after = page.Next;
            ReadTaken();
            await DeleteAsync(cancellationToken);
        }
    }

    /// <returns>Whether any envelopes were due.</returns>
    private async Task<bool> CollectDueAsync(CancellationToken cancellationToken)
    {
        var some = false;
        while (_backlog.FindDue(Now, MaxRun) is { } run)
        {
            some = true;
            var page = await FetchAsync(run.After, run.Ids.Count, cancellationToken);
            foreach (var envelope in page.Envelopes.Where(envelope => run.Ids.Contains(envelope.Id)))
            {
                await ProcessAsync(envelope, cancellationToken);
            }

            _backlog.OnFetched(run, [.. page.Envelopes.Select(envelope => envelope.Id)], page.Next is null, Now);
        }

        return some;
    }

    private async Task<CollectedPage> FetchAsync(string? after, int? limit, CancellationToken cancellationToken)
    {
        try
        {
            return await mailbox.CollectAsync(after, limit, cancellationToken);
        }
        catch (DirectoryException exception) when (after is not null && exception.Failure == DirectoryFailure.Refused)
        {
            // A directory may refuse an id that it has not issued (docs/protocol.md, section 11): ask without one.
            ForgetIds();
            _signals.Writer.TryWrite(true);
            throw;
        }
    }

    private async Task DeleteAsync(CancellationToken cancellationToken)
    {
        if (_toDelete.Count == 0)
        {
            return;
        }

        var ids = _toDelete.ToList();
        await mailbox.DeleteAsync(ids, cancellationToken);
        foreach (var id in ids)
        {
            _ = _toDelete.Remove(id);
            _backlog.Remove(id);
        }
    }

    private async Task ProcessAsync(CollectedEnvelope envelope, CancellationToken cancellationToken)
    {
        if (_toDelete.Contains(envelope.Id))
        {
            return;
        }

        if (_opener.Open(envelope) is not { } opened)
        {
            Discard(envelope.Id);
            return;
        }

        var isNew = !_backlog.Contains(envelope.Id);
        var number = _backlog.Register(envelope.Id, opened.Sender, Now);
        if (!_opener.IsExpected(opened))
        {
            var stranger = await strangers.ReceiveAsync(opened, isFromBox: false, cancellationToken);
            if (stranger != StrangerMail.Accepted)
            {
                metrics.Mail(stranger == StrangerMail.Refused ? "refused" : "requested");
                if (stranger != StrangerMail.Later)
                {
                    Discard(envelope.Id);
                }

                return;
            }

            // Returns after the acceptance is stored: the next envelope may begin without an introduction.
            _ = await store.Capabilities.GrantAsync(opened.Sender);
        }

        MailOutcome? outcome = null;
        sessions.Use(opened.Sender, session => (outcome = session.Mail.Receive(number, opened.Frames)) is not null);
        if (outcome == MailOutcome.Bad)
        {
            metrics.Mail("refused");
            Discard(envelope.Id);
        }
        else if (outcome == MailOutcome.Accepted && isNew)
        {
            metrics.Mail("collected");
        }
    }

    private void Discard(string id)
    {
        _backlog.Remove(id);
        _ = _toDelete.Add(id);
    }

    [LoggerMessage(LogLevel.Debug, "The mailbox could not be collected: {Error}.")]
    private partial void LogNotCollected(string error);
}
