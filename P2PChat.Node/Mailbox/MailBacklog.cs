using P2PChat.Node.Timing;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Envelopes that were fetched but stay in the mailbox, and when to fetch each again. The pause doubles each time, so
/// that an envelope that can never be committed costs few fetches. Times are since the start, by a monotonic clock.
/// Not thread-safe.
/// </summary>
internal sealed class MailBacklog
{
    /// <summary>More than a mailbox of 64 MiB holds. Further envelopes are not remembered.</summary>
    public const int Max = 100_000;

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(6);

    // Envelopes with items held behind a gap are fetched again too, because a new session may not hold them.
    private static readonly Backoff Pause = new(TimeSpan.FromMinutes(1), LongestPause, Jitter.None);

    // After an envelope of the same sender has been committed, because more may fit then.
    private static readonly Backoff PauseAfterProgress = new(TimeSpan.FromMilliseconds(250), LongestPause, Jitter.None);

    // In the mailbox's order, because a fetch begins after a known id.
    private readonly LinkedList<Entry> _entries = [];
    private readonly Dictionary<string, LinkedListNode<Entry>> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, LinkedListNode<Entry>> _byNumber = [];

    // One sender may fill the whole mailbox, so no call walks through all entries.
    private readonly SortedSet<(TimeSpan DueAt, long Number)> _waiting = [];

    // Numbers of the entries that FindDue has found due. Numbers rise in the mailbox's order.
    private readonly SortedSet<long> _ready = [];

    // Per sender, the entries tried since an envelope from that sender was last committed.
    private readonly Dictionary<PeerId, HashSet<Entry>> _triedSinceProgress = [];
    private long _lastNumber;

    private sealed class Entry(string id, long number, PeerId sender)
    {
        public string Id => id;

        /// <summary>The number by which sessions refer to it.</summary>
        public long Number => number;

        public PeerId Sender => sender;

        public int Tries { get; set; }

        public TimeSpan TriedAt { get; set; }

        /// <summary>Null if the envelope will be deleted.</summary>
        public TimeSpan? DueAt { get; set; }
    }

    /// <param name="After">The envelope before the first; null to begin at the start of the mailbox.</param>
    public readonly record struct Run(string? After, IReadOnlyList<string> Ids);

    public bool IsFull => _byId.Count >= Max;

    /// <summary>The newest envelope fetched; null if there is none.</summary>
    public string? Newest => _entries.Last?.Value.Id;

    /// <summary>When the next is due to be fetched again, in the past if some are overdue; null if none is.</summary>
    public TimeSpan? NextDue =>
        _ready.Count > 0 ? _byNumber[_ready.Min].Value.DueAt
        : _waiting.Count > 0 ? _waiting.Min.DueAt
        : null;

    public bool Contains(string id) => _byId.ContainsKey(id);

    /// <summary>Registers an envelope before its session processes it.</summary>
    /// <returns>The envelope's number, which never changes.</returns>
    public long Register(string id, PeerId sender, TimeSpan now)
    {
        if (!_byId.TryGetValue(id, out var node))
        {
            node = _entries.AddLast(new Entry(id, ++_lastNumber, sender));
            _byId.Add(id, node);
            _byNumber.Add(node.Value.Number, node);
        }

        Retry(node.Value, now);
        return node.Value.Number;
    }

    /// <summary>Records that an envelope's items are committed, so that others from its sender may fit.</summary>
    /// <returns>The envelope's id; null if it is no longer known.</returns>
    public string? OnCommitted(long number)
    {
        if (!_byNumber.TryGetValue(number, out var node))
        {
            return null;
        }

        SetDue(node.Value, null);
        if (_triedSinceProgress.Remove(node.Value.Sender, out var entries))
        {
            foreach (var entry in entries)
            {
                SetDue(entry, Min(entry.DueAt!.Value, entry.TriedAt + PauseAfterProgress.After(entry.Tries)));
            }
        }

        return node.Value.Id;
    }

    /// <summary>Removes an envelope that has left the mailbox or will be deleted unread.</summary>
    public void Remove(string id)
    {
        if (!_byId.Remove(id, out var node))
        {
            return;
        }

        SetDue(node.Value, null);
        _ = _byNumber.Remove(node.Value.Number);
        _entries.Remove(node);
    }

    /// <summary>Removes all envelopes. Call it when the directory has lost its mailboxes.</summary>
    public void Clear()
    {
        _entries.Clear();
        _byId.Clear();
        _byNumber.Clear();
        _waiting.Clear();
        _ready.Clear();
        _triedSinceProgress.Clear();
    }

    /// <summary>The next run of adjacent envelopes to fetch again, oldest first; null if none is due.</summary>
    public Run? FindDue(TimeSpan now, int most)
    {
        while (_waiting.Count > 0 && _waiting.Min is var next && next.DueAt <= now)
        {
            _ = _waiting.Remove(next);
            _ = _ready.Add(next.Number);
        }

        if (_ready.Count == 0)
        {
            return null;
        }

        var first = _byNumber[_ready.Min];
        var ids = new List<string>();
        for (var node = first; node is not null && node.Value.DueAt <= now && ids.Count < most; node = node.Next)
        {
            ids.Add(node.Value.Id);
        }

        return new Run(first.Previous?.Value.Id, ids);
    }

    /// <summary>Removes the envelopes of a fetched run that the mailbox no longer has.</summary>
    /// <param name="shown">The ids of the page that was fetched.</param>
    /// <param name="isLast">Whether that was the last page.</param>
    public void OnFetched(Run run, IReadOnlyCollection<string> shown, bool isLast, TimeSpan now)
    {
        var found = run.Ids.Where(shown.Contains).ToList();
        var end =
            isLast ? run.Ids.Count
            : found.Count == 0 ? 0
            : run.Ids.ToList().LastIndexOf(found[^1]);
        foreach (var id in run.Ids.Take(end).Except(found))
        {
            Remove(id);
        }
        // Do not repeat the request at once if the directory returns other envelopes instead.
        if (found.Count == 0 && !isLast)
        {
            foreach (var id in run.Ids)
            {
                Retry(_byId[id].Value, now);
            }
        }
    }

    private void Retry(Entry entry, TimeSpan now)
    {
        entry.Tries++;
        entry.TriedAt = now;
        SetDue(entry, now + Pause.After(entry.Tries));
        if (!_triedSinceProgress.TryGetValue(entry.Sender, out var entries))
        {
            _triedSinceProgress.Add(entry.Sender, entries = []);
        }

        _ = entries.Add(entry);
    }

    private void SetDue(Entry entry, TimeSpan? dueAt)
    {
        if (entry.DueAt is { } before)
        {
            _ = _waiting.Remove((before, entry.Number));
            _ = _ready.Remove(entry.Number);
        }

        entry.DueAt = dueAt;
        if (dueAt is { } due)
        {
            _ = _waiting.Add((due, entry.Number));
        }
        else if (
            _triedSinceProgress.TryGetValue(entry.Sender, out var entries)
            && entries.Remove(entry)
            && entries.Count == 0
        )
        {
            _ = _triedSinceProgress.Remove(entry.Sender);
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
