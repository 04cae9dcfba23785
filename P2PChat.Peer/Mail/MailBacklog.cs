using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Mail;

/// <summary>
/// Envelopes that lie in the mailbox and were looked at: which to fetch again, and when. A body is fetched again only after a
/// pause that doubles each time, so that one which can never be taken costs a few fetches in all. Times are since the start,
/// by a clock that never jumps. Not thread-safe.
/// </summary>
internal sealed class MailBacklog
{
    /// <summary>More than a mailbox of 64 MiB holds. What a directory shows beyond it is not remembered.</summary>
    public const int Max = 100_000;

    // What a session holds behind a gap is brought to it again: it may be another session by then.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    // The same, where something of that sender was taken since, so that more may fit.
    private static readonly TimeSpan FirstPauseAfterProgress = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(6);

    // In the mailbox's order: a fetch begins behind the one before.
    private readonly LinkedList<Entry> _entries = [];
    private readonly Dictionary<string, LinkedListNode<Entry>> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, LinkedListNode<Entry>> _byNumber = [];
    private long _lastNumber;

    /// <param name="Number">What sessions call it.</param>
    private sealed record Entry(string Id, long Number, PeerId Sender)
    {
        public int Tries { get; set; }

        public TimeSpan TriedAt { get; set; }

        /// <summary>Null where it is to be deleted.</summary>
        public TimeSpan? DueAt { get; set; }
    }

    /// <param name="After">The envelope before the first; null where the first of the mailbox is one of them.</param>
    public readonly record struct Run(string? After, IReadOnlyList<string> Ids);

    public bool IsFull => _byId.Count >= Max;

    /// <summary>The newest envelope; null if there is none. What follows it in the mailbox has not been looked at.</summary>
    public string? Newest => _entries.Last?.Value.Id;

    /// <summary>When the next is to be fetched again; null if none is.</summary>
    public TimeSpan? NextDue => _entries.Min(entry => entry.DueAt);

    public bool Contains(string id) => _byId.ContainsKey(id);

    /// <summary>An envelope is about to be brought to its session.</summary>
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

    /// <summary>What was in an envelope is in the store: others of its sender may fit now.</summary>
    /// <returns>Its id; null for one that is not known any more.</returns>
    public string? Taken(long number)
    {
        if (!_byNumber.TryGetValue(number, out var node))
            return null;
        node.Value.DueAt = null;
        foreach (var entry in _entries.Where(entry => entry.DueAt is not null && entry.Sender == node.Value.Sender))
            entry.DueAt = Min(entry.DueAt!.Value, entry.TriedAt + Pause(FirstPauseAfterProgress, entry.Tries));
        return node.Value.Id;
    }

    /// <summary>It is no longer in the mailbox, or to be deleted there without having been taken.</summary>
    public void Remove(string id)
    {
        if (!_byId.Remove(id, out var node))
            return;
        _ = _byNumber.Remove(node.Value.Number);
        _entries.Remove(node);
    }

    /// <summary>Envelopes next to each other that are to be fetched again, the oldest first; null if none is due.</summary>
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

    /// <summary>A run was fetched, and what came of it brought to its sessions. Forgets what the mailbox has no longer.</summary>
    /// <param name="shown">The ids of the page that was fetched.</param>
    /// <param name="isLast">Whether the mailbox has nothing behind that page.</param>
    public void Fetched(Run run, IReadOnlyCollection<string> shown, bool isLast, TimeSpan now)
    {
        var found = run.Ids.Where(shown.Contains).ToList();
        var end = isLast ? run.Ids.Count : found.Count == 0 ? 0 : run.Ids.ToList().LastIndexOf(found[^1]);
        foreach (var id in run.Ids.Take(end).Except(found))
            Remove(id);
        // A directory that shows others instead is not asked again at once.
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
