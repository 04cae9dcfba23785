using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Mail;

/// <summary>
/// Envelopes that were fetched but stay in the mailbox, and when to fetch each again. The pause doubles each time, so that an
/// envelope that can never be taken costs few fetches. Times are since the start, by a monotonic clock. Not thread-safe.
/// </summary>
internal sealed class MailBacklog
{
    /// <summary>More than a mailbox of 64 MiB holds. Further envelopes are not remembered.</summary>
    public const int Max = 100_000;

    // For envelopes with items held behind a gap, because a new session may not hold them.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    // The same after something from that sender was taken, because more may fit.
    private static readonly TimeSpan FirstPauseAfterProgress = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(6);

    // In the mailbox's order, because a fetch begins after a known id.
    private readonly LinkedList<Entry> _entries = [];
    private readonly Dictionary<string, LinkedListNode<Entry>> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, LinkedListNode<Entry>> _byNumber = [];
    private long _lastNumber;

    /// <param name="Number">Its number for sessions.</param>
    private sealed record Entry(string Id, long Number, PeerId Sender)
    {
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

    /// <summary>When the next is to be fetched again; null if none is.</summary>
    public TimeSpan? NextDue => _entries.Min(entry => entry.DueAt);

    public bool Contains(string id) => _byId.ContainsKey(id);

    /// <summary>Registers an envelope before its session reads it.</summary>
    /// <returns>Its number, the same each time.</returns>
    public long Tried(string id, PeerId sender, TimeSpan now)
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

    /// <summary>Notes that an envelope's items are committed, so that others of its sender may fit.</summary>
    /// <returns>Its id; null if it is no longer known.</returns>
    public string? Taken(long number)
    {
        if (!_byNumber.TryGetValue(number, out var node))
            return null;
        node.Value.DueAt = null;
        foreach (var entry in _entries.Where(entry => entry.DueAt is not null && entry.Sender == node.Value.Sender))
            entry.DueAt = Min(entry.DueAt!.Value, entry.TriedAt + Pause(FirstPauseAfterProgress, entry.Tries));
        return node.Value.Id;
    }

    /// <summary>Removes an envelope that has left the mailbox or will be deleted unread.</summary>
    public void Remove(string id)
    {
        if (!_byId.Remove(id, out var node))
            return;
        _ = _byNumber.Remove(node.Value.Number);
        _entries.Remove(node);
    }

    /// <summary>The next run of adjacent envelopes to fetch again, oldest first; null if none is due.</summary>
    public Run? FindDue(TimeSpan now, int most)
    {
        var first = _entries.First;
        while (first is not null && !(first.Value.DueAt <= now))
            first = first.Next;
        if (first is null)
            return null;
        var ids = new List<string>();
        for (var node = first; node is not null && node.Value.DueAt <= now && ids.Count < most; node = node.Next)
            ids.Add(node.Value.Id);
        return new Run(first.Previous?.Value.Id, ids);
    }

    /// <summary>Notes that a run was fetched and read. Removes envelopes that the mailbox no longer has.</summary>
    /// <param name="shown">The ids of the page that was fetched.</param>
    /// <param name="isLast">Whether that was the last page.</param>
    public void Fetched(Run run, IReadOnlyCollection<string> shown, bool isLast, TimeSpan now)
    {
        var found = run.Ids.Where(shown.Contains).ToList();
        var end = isLast ? run.Ids.Count : found.Count == 0 ? 0 : run.Ids.ToList().LastIndexOf(found[^1]);
        foreach (var id in run.Ids.Take(end).Except(found))
            Remove(id);
        // Do not ask again at once if the directory shows other envelopes instead.
        if (found.Count == 0 && !isLast)
        {
            foreach (var id in run.Ids)
                Retry(_byId[id].Value, now);
        }
    }

    private static void Retry(Entry entry, TimeSpan now)
    {
        entry.Tries++;
        entry.TriedAt = now;
        entry.DueAt = now + Pause(FirstPause, entry.Tries);
    }

    private static TimeSpan Pause(TimeSpan first, int tries)
    {
        var pause = first * Math.Pow(2, Math.Min(tries, 30) - 1);
        return pause < LongestPause ? pause : LongestPause;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
