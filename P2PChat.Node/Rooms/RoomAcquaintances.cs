using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Lets this peer talk to members of its rooms who are not contacts. A member gives its name itself, so the directory
/// must confirm that the name belongs to the member's key before anything is done under that name.
/// </summary>
internal sealed partial class RoomAcquaintances(
    RoomBook book,
    SessionTable sessions,
    SessionContext context,
    PeerLookup lookup,
    SteadyClock steadyClock,
    ILogger<RoomAcquaintances> logger
) : BackgroundService
{
    // A member that was away, or not registered yet, is looked up again.
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    // Members choose the names that are looked up, so that they must not decide how often.
    private const int MaxLookups = 32;
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(1);

    // The directory has not answered. That is soon over, and no member's doing.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestAfterFailure = TimeSpan.FromMinutes(10);

    private sealed record Lookups(int Times, DateTimeOffset NextAt);

    private readonly ILogger<RoomAcquaintances> _logger = logger;
    private readonly Backoff _backoff = new(Period, LongestPause, Jitter.HalfToWhole);
    private readonly Backoff _afterFailure = new(AfterFailure, LongestAfterFailure, Jitter.HalfToWhole);
    private readonly Dictionary<PeerId, Lookups> _lookups = [];
    private readonly RateWindow _rate = new(MaxLookups, Period);
    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>
    /// The members of a room have changed, and those that were removed have been sent their removal. Call it without
    /// <see cref="RoomBook.Gate"/>.
    /// </summary>
    public void Update() => Update(keepsOthers: false);

    /// <summary>This peer may have to do with more peers. Call it without <see cref="RoomBook.Gate"/>.</summary>
    public void Extend() => Update(keepsOthers: true);

    private void Update(bool keepsOthers)
    {
        lock (book.Gate)
        {
            var members = book.Members.Keys;
            context.RoomMembers.All = (keepsOthers ? members.Union(context.RoomMembers.All) : members).ToHashSet();
            context.RoomMembers.Proofs = book.Proofs;
        }

        if (_changed.CurrentCount == 0)
        {
            try
            {
                _ = _changed.Release();
            }
            catch (SemaphoreFullException)
            {
                // Already signalled.
            }
        }
    }

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        try
        {
            await _changed.WaitAsync(stoppingToken);
            while (true)
            {
                await MeetAsync(stoppingToken);
                _ = await _changed.WaitAsync(UntilNext(), stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    private TimeSpan UntilNext()
    {
        var now = steadyClock.GetUtcNow();
        var next = _lookups
            .Values.Where(one => one.NextAt > now)
            .Select(one => one.NextAt - now)
            .DefaultIfEmpty(Period);
        return TimeSpan.FromTicks(Math.Clamp(next.Min().Ticks, TimeSpan.TicksPerSecond, Period.Ticks));
    }

    private async Task MeetAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<PeerId, Username?> members;
        bool isComplete;
        HashSet<PeerId> kept;
        lock (book.Gate)
        {
            (members, isComplete) = (book.Members, book.IsComplete);
            // A step may have removed a member, and not have told it yet. Only Update takes it out.
            kept = members.Keys.Union(context.RoomMembers.All).ToHashSet();
            context.RoomMembers.All = kept;
        }

        try
        {
            if (isComplete)
            {
                RemoveOthers(kept);
            }

            await MeetAsync(members, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever a member has caused, the others are tried again.
            LogFailed(exception);
        }
    }

    private async Task MeetAsync(IReadOnlyDictionary<PeerId, Username?> members, CancellationToken cancellationToken)
    {
        foreach (var gone in _lookups.Keys.Where(key => !members.ContainsKey(key)).ToList())
        {
            _ = _lookups.Remove(gone);
        }

        var now = steadyClock.GetUtcNow();
        var due = members
            .Where(member => !(_lookups.GetValueOrDefault(member.Key)?.NextAt > now))
            .OrderBy(member => _lookups.GetValueOrDefault(member.Key)?.NextAt ?? default);
        foreach (var (key, name) in due.ToList())
        {
            if (name is { } given && IsWanted(key, given) && _rate.TryTake(now))
            {
                var times = (_lookups.GetValueOrDefault(key)?.Times ?? 0) + 1;
                _lookups[key] = new Lookups(times, now + _backoff.After(times));
                await MeetAsync(key, given, cancellationToken);
            }
        }
    }

    private bool IsWanted(PeerId key, Username name) =>
        !context.Contacts.IsBlocked(name, key)
        && context.Contacts.Check(name, key) != Identity.PinCheck.Changed
        && SessionTable.Guard(() => context.Store.Conversations.AcceptedName(key)) is null
        && (sessions.Find(name) is not { } holder || holder.Remote == key);

    private async Task MeetAsync(PeerId key, Username name, CancellationToken cancellationToken)
    {
        try
        {
            if ((await lookup.FindAsync(name, cancellationToken)).PeerId == key)
            {
                _ = _lookups.Remove(key);
                sessions.Use(key, session => session.Dial.AcceptMember(name));
            }
        }
        catch (PeerException exception)
        {
            LogNotMet(exception.Error);
            if (exception.Error == PeerError.DirectoryUnavailable && _lookups.TryGetValue(key, out var failed))
            {
                _lookups[key] = failed with { NextAt = steadyClock.GetUtcNow() + _afterFailure.After(failed.Times) };
            }
        }
    }

    // Removes acquaintances that share no room with this peer.
    private void RemoveOthers(HashSet<PeerId> kept)
    {
        foreach (var key in SessionTable.Guard(context.Store.Conversations.Acquaintances))
        {
            if (!kept.Contains(key) && !IsMember(key))
            {
                sessions.Use(key, session => session.Rooms.RemoveIfDone());
            }
        }
    }

    // The members may have changed since they were read.
    private bool IsMember(PeerId key)
    {
        lock (book.Gate)
        {
            return book.Members.ContainsKey(key);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Lookup of a room member failed: {Error}.")]
    private partial void LogNotMet(PeerError error);

    [LoggerMessage(LogLevel.Error, "Cannot read the members of rooms.")]
    private partial void LogFailed(Exception exception);
}
