using System.Threading.Channels;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Brings what lies in this peer's mailbox to its sessions, whenever the directory says that there is some, and deletes the
/// mailbox's copies once their items are committed. Mail from anybody but a contact is deleted unread. Mail that cannot be
/// taken yet is fetched again as <see cref="MailBacklog"/> says.
/// </summary>
internal sealed partial class MailCollector(
    SessionTable sessions,
    PeerStore store,
    Contacts contacts,
    PrekeyRing prekeys,
    PeerIdentity identity,
    MailboxNotifications news,
    MailboxClient mailbox,
    DirectoryRegistration membership,
    PeerMetrics metrics,
    SteadyClock clock,
    ILogger<MailCollector> logger
)
{
    // More than a mailbox holds: a directory that gives pages without end is left, and asked again later.
    private const int MaxPages = 1024;

    // The default size of a page.
    private const int MaxRun = 64;

    private readonly ILogger<MailCollector> _logger = logger;
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly MailBacklog _backlog = new();
    private readonly HashSet<string> _toDelete = new(StringComparer.Ordinal);
    private readonly long _startedAt = clock.GetTimestamp();
    private int _timesUnknown = membership.TimesUnknown;

    private TimeSpan Now => clock.GetElapsedTime(_startedAt);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        membership.WasUnknown += OnWasUnknown;
        try
        {
            await Task.WhenAll(ListenAsync(cancellationToken), CollectAsync(cancellationToken));
        }
        finally
        {
            membership.WasUnknown -= OnWasUnknown;
        }
    }

    /// <summary>Deletes what has been taken since.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        NoteTaken();
        await DeleteAsync(cancellationToken);
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in mailbox.ListenAsync(cancellationToken))
        {
            _signals.Writer.TryWrite(true);
        }
    }

    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        var (failures, wanted) = (0, false);
        while (true)
        {
            var wait =
                failures > 0 ? MailPauses.After(failures)
                : wanted ? TimeSpan.Zero
                : UntilDue();
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var signal = _signals.Reader.WaitToReadAsync(wake.Token).AsTask();
            var taken = news.Taken.WaitToReadAsync(wake.Token).AsTask();
            _ = await Task.WhenAny(signal, taken, Task.Delay(wait, clock, wake.Token));
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            try
            {
                NoteTaken();
                ForgetLost();
                wanted |= _signals.Reader.TryRead(out _);
                if (wanted)
                {
                    await CollectNewAsync(cancellationToken);
                }

                wanted = false;
                // If all known envelopes are gone, the directory may have lost its mailboxes and restarted its ids.
                wanted = await CollectDueAsync(cancellationToken) && _backlog.Newest is null;
                NoteTaken();
                await DeleteAsync(cancellationToken);
                failures = 0;
            }
            catch (Exception e) when (e is DirectoryException or PeerException)
            {
                LogNotCollected(e.GetType().Name);
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

    // A name that the directory had forgotten has a new mailbox. Its ids may be lower, or the same as old ones.
    private void ForgetLost()
    {
        var times = membership.TimesUnknown;
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

    private void NoteTaken()
    {
        while (news.Taken.TryRead(out var number))
        {
            if (_backlog.Taken(number) is { } id)
            {
                _ = _toDelete.Add(id);
            }
        }
    }

    // Begin after known envelopes, so that a mailbox of unusable mail is fetched once.
    private async Task CollectNewAsync(CancellationToken cancellationToken)
    {
        var after = _backlog.Newest;
        for (var pages = 0; pages < MaxPages && !_backlog.IsFull; pages++)
        {
            var page = await FetchAsync(after, limit: null, cancellationToken);
            foreach (var envelope in page.Envelopes.Where(envelope => !_backlog.Contains(envelope.Id)))
            {
                Bring(envelope);
            }

            if (page.Next is null)
            {
                break;
            }

            after = page.Next;
            NoteTaken();
            await DeleteAsync(cancellationToken);
        }
    }

    /// <returns>Whether there was any.</returns>
    private async Task<bool> CollectDueAsync(CancellationToken cancellationToken)
    {
        var some = false;
        while (_backlog.FindDue(Now, MaxRun) is { } run)
        {
            some = true;
            var page = await FetchAsync(run.After, run.Ids.Count, cancellationToken);
            foreach (var envelope in page.Envelopes.Where(envelope => run.Ids.Contains(envelope.Id)))
            {
                Bring(envelope);
            }

            _backlog.Fetched(run, [.. page.Envelopes.Select(envelope => envelope.Id)], page.Next is null, Now);
        }

        return some;
    }

    private async Task<CollectedPage> FetchAsync(string? after, int? limit, CancellationToken cancellationToken)
    {
        try
        {
            return await mailbox.CollectAsync(after, limit, cancellationToken);
        }
        catch (DirectoryException e) when (after is not null && e.Failure == DirectoryFailure.Refused)
        {
            // A directory may refuse an id that it has not given out (docs/protocol.md, section 11): ask without one.
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

    private void Bring(CollectedEnvelope envelope)
    {
        if (_toDelete.Contains(envelope.Id))
        {
            return;
        }

        if (Open(envelope) is not { } opened)
        {
            Discard(envelope.Id);
            return;
        }

        var isNew = !_backlog.Contains(envelope.Id);
        var number = _backlog.Tried(envelope.Id, opened.Sender, Now);
        MailOutcome? outcome = null;
        sessions.Use(opened.Sender, session => (outcome = session.ReceiveMail(number, opened.Frames)) is not null);
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

    // Null for what is of no use: not for this peer, not whole, or not from a contact.
    private OpenedEnvelope? Open(CollectedEnvelope envelope)
    {
        try
        {
            var opened = prekeys.Open(envelope.Bytes, identity.PeerId);
            if (IsWelcome(opened.Sender))
            {
                return opened;
            }
        }
        catch (EnvelopeException e)
        {
            LogRefused(e.Error);
        }

        metrics.Mail("refused");
        return null;
    }

    private bool IsWelcome(PeerId sender) =>
        SessionTable.Guard(() => store.AcceptedName(sender)) is { } name
        && !contacts.IsBlocked(name, sender)
        && (contacts.Find(name)?.PeerId is not { } pinned || pinned == sender);

    private void Discard(string id)
    {
        _backlog.Remove(id);
        _ = _toDelete.Add(id);
    }

    [LoggerMessage(LogLevel.Debug, "The mailbox cannot be collected now: {Error}.")]
    private partial void LogNotCollected(string error);

    [LoggerMessage(LogLevel.Debug, "An envelope in the mailbox is refused: {Error}.")]
    private partial void LogRefused(EnvelopeError error);
}
