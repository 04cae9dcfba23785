using System.Threading.Channels;
using P2PChat.Peer.Chat;
using P2PChat.Peer.Discovery;
using P2PChat.Peer.Identity;
using P2PChat.Peer.Storage;
using P2PChat.Protocol.Conversations;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Mailbox;

namespace P2PChat.Peer.Mail;

/// <summary>
/// Brings what lies in this peer's mailbox to its sessions, whenever the directory says that there is some, and deletes the
/// mailbox's copies when the store has what was in them. What is from anybody but a contact is deleted unread.
/// </summary>
internal sealed partial class MailCollector(
    SessionTable sessions, PeerStore store, Contacts contacts, PrekeyRing prekeys, PeerIdentity identity, MailNews news,
    MailboxClient mailbox, PeerMetrics metrics, SteadyClock clock, ILogger<MailCollector> logger)
{
    // More than a mailbox holds: a directory that gives pages without end is left, and asked again later.
    private const int MaxPages = 1024;

    // What a session holds behind a gap is brought to it again: it may be another session by then.
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);

    private readonly ILogger<MailCollector> _logger = logger;
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Dictionary<string, Brought> _brought = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string> _ids = [];
    private readonly HashSet<string> _toDelete = new(StringComparer.Ordinal);
    private long _lastNumber;
    private bool _someTooEarly;

    /// <param name="At">When it was taken in hand by a session; null where it was too early.</param>
    private sealed record Brought(long Number, DateTimeOffset? At);

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(ListenAsync(cancellationToken), CollectAsync(cancellationToken));

    /// <summary>Deletes what has been taken since.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        _ = NoteTaken();
        await DeleteAsync(cancellationToken);
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in mailbox.ListenAsync(cancellationToken))
            _signals.Writer.TryWrite(true);
    }

    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        var (failures, wanted) = (0, false);
        while (true)
        {
            var wait = failures > 0 ? MailPauses.After(failures) : _brought.Count > 0 ? AgainAfter : Timeout.InfiniteTimeSpan;
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var signal = _signals.Reader.WaitToReadAsync(wake.Token).AsTask();
            var taken = news.Taken.WaitToReadAsync(wake.Token).AsTask();
            var due = Task.Delay(wait, clock, wake.Token);
            var first = await Task.WhenAny(signal, taken, due);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            try
            {
                // What was too early may be in time now.
                wanted |= NoteTaken() && _someTooEarly;
                wanted |= _signals.Reader.TryRead(out _) || first == due;
                if (wanted)
                    await CollectAllAsync(cancellationToken);
                wanted = false;
                _ = NoteTaken();
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

    private bool NoteTaken()
    {
        var some = false;
        while (news.Taken.TryRead(out var number))
        {
            if (!_ids.TryGetValue(number, out var id))
                continue;
            some = _toDelete.Add(id);
        }

        return some;
    }

    private async Task CollectAllAsync(CancellationToken cancellationToken)
    {
        _someTooEarly = false;
        string? after = null;
        for (var pages = 0; pages < MaxPages; pages++)
        {
            var page = await mailbox.CollectAsync(after, cancellationToken);
            foreach (var envelope in page.Envelopes)
                Bring(envelope);
            if (page.Next is null)
                break;
            after = page.Next;
            _ = NoteTaken();
            await DeleteAsync(cancellationToken);
        }
    }

    private async Task DeleteAsync(CancellationToken cancellationToken)
    {
        if (_toDelete.Count == 0)
            return;
        var ids = _toDelete.ToList();
        await mailbox.DeleteAsync(ids, cancellationToken);
        foreach (var id in ids)
        {
            _ = _toDelete.Remove(id);
            if (_brought.Remove(id, out var brought))
                _ = _ids.Remove(brought.Number);
        }
    }

    private void Bring(CollectedEnvelope envelope)
    {
        var known = _brought.GetValueOrDefault(envelope.Id);
        if (_toDelete.Contains(envelope.Id) || (known?.At is { } at && clock.GetUtcNow() - at < AgainAfter))
            return;
        if (Open(envelope) is not { } opened)
        {
            Discard(envelope.Id);
            return;
        }

        var number = known?.Number ?? ++_lastNumber;
        _ids[number] = envelope.Id;
        MailOutcome? outcome = null;
        sessions.Use(opened.Sender, session => (outcome = session.ReceiveMail(number, opened.Frames)) is not null);
        switch (outcome)
        {
            case MailOutcome.Bad:
                metrics.Mail("refused");
                _ = _ids.Remove(number);
                Discard(envelope.Id);
                break;
            case MailOutcome.TooEarly:
                _someTooEarly = true;
                _brought[envelope.Id] = new Brought(number, At: null);
                break;
            default:
                if (known is null)
                    metrics.Mail("collected");
                _brought[envelope.Id] = new Brought(number, clock.GetUtcNow());
                break;
        }
    }

    // Null for what is of no use: not for this peer, not whole, or not from a contact.
    private OpenedEnvelope? Open(CollectedEnvelope envelope)
    {
        try
        {
            var opened = prekeys.Open(envelope.Bytes, identity.PeerId);
            if (IsWelcome(opened.Sender))
                return opened;
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
        _ = _brought.Remove(id);
        _ = _toDelete.Add(id);
    }

    [LoggerMessage(LogLevel.Debug, "The mailbox cannot be collected now: {Error}.")]
    private partial void LogNotCollected(string error);

    [LoggerMessage(LogLevel.Debug, "An envelope in the mailbox is refused: {Error}.")]
    private partial void LogRefused(EnvelopeError error);
}
