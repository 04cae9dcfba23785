using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>The decision on a request.</summary>
internal enum RequestDecision
{
    Accept,
    Reject,

    /// <summary>Reject because too many requests are waiting, or too many have arrived.</summary>
    Busy,

    /// <summary>Ask the user.</summary>
    Prompt,

    /// <summary>
    /// Let the request expire without asking the user, so that a blocked peer sees what a stranger sees.
    /// </summary>
    HoldSilently,
}

/// <summary>
/// Decides which requests are accepted without asking the user, and limits how many wait and how many the user is
/// shown, so that a peer that asks again and again cannot flood the screen. Thread-safe.
/// </summary>
internal sealed class RequestPolicy(PeerOptions options, Preferences preferences, TimeProvider timeProvider)
{
    private const int MaxRejectedBy = 1024;

    // A connection check opens two path sessions, and a search that fails is soon repeated.
    private const int PathsPerRequest = 3;

    // A full room has 99 other members.
    private const int MemberFactor = 4;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // All guarded by _gate. Requests that took a slot in the last minute; the options bound their number.
    private readonly Queue<(PeerId Key, long At)> _requests = new();

    // Path sessions of strangers in the last minute. Their requests follow on the link, and are counted on their own.
    // Tests count separately: no request follows one, and it must not use up the sessions of a connect.
    private readonly Queue<(PeerId Key, long At)> _pathSessions = new();
    private readonly Queue<(PeerId Key, long At)> _pathTests = new();

    // Peers that the user has rejected in the last minute.
    private readonly Queue<(PeerId Key, long At)> _rejected = new();

    // Peers that rejected this one in the last minute. They answer "busy", like a peer that really is.
    private readonly Queue<(PeerId Key, long At)> _rejectedBy = new();

    // Slots in use, by requests and by path sessions.
    private int _slotsInUse;

    // The path sessions of members of rooms have slots of their own: all come at once after a change of network.
    private readonly Queue<(PeerId Key, long At)> _memberSessions = new();
    private int _memberSlotsInUse;

    /// <summary>
    /// Decides on a request. <see cref="RequestDecision.Prompt"/> and <see cref="RequestDecision.HoldSilently"/> take a
    /// slot; always call <see cref="ReleaseSlot"/>.
    /// </summary>
    /// <param name="isKnown">Whether the two are contacts.</param>
    public RequestDecision Decide(PeerId remote, bool isKnown, bool isBlocked = false)
    {
        // A blocked peer takes a slot like a stranger, because the limits are visible in the answers.
        if (isBlocked)
        {
            return options.Bot == BotKind.None && preferences.Accept == AcceptMode.Ask
                ? TryTakeSlot(_requests, remote, options.RequestsPerMinutePerPeer)
                    ? RequestDecision.HoldSilently
                    : RequestDecision.Busy
                : RequestDecision.Reject;
        }

        if (options.Bot == BotKind.Echo)
        {
            return RequestDecision.Accept;
        }

        return preferences.Accept switch
        {
            AcceptMode.All => RequestDecision.Accept,
            AcceptMode.None => RequestDecision.Reject,
            _ when isKnown => RequestDecision.Accept,
            AcceptMode.Contacts => RequestDecision.Reject,
            _ => TryTakeSlot(_requests, remote, options.RequestsPerMinutePerPeer)
                ? RequestDecision.Prompt
                : RequestDecision.Busy,
        };
    }

    /// <summary>Whether the user wants no connections at all, also for rooms.</summary>
    public bool AcceptsNobody => preferences.Accept == AcceptMode.None;

    /// <summary>
    /// Decides on a request that came by mail. It takes no slot: those that wait are bounded in <see
    /// cref="MailRequests"/>.
    /// </summary>
    /// <param name="remote">
    /// Null for any peer. Further envelopes of one that was rejected within the last minute are refused.
    /// </param>
    public RequestDecision DecideByMail(PeerId? remote = null) =>
        options.Bot == BotKind.Echo
            ? RequestDecision.Accept
            : preferences.Accept switch
            {
                AcceptMode.All => RequestDecision.Accept,
                AcceptMode.Ask when options.Bot == BotKind.None && !WasRejected(remote) => RequestDecision.Prompt,
                _ => RequestDecision.Reject,
            };

    /// <summary>
    /// Takes a slot for a stranger that asks for a path: until its link is there or has failed, that counts as an open
    /// request.
    /// </summary>
    /// <param name="isTest">Whether the stranger only tests which paths work.</param>
    /// <returns>False if there are too many; otherwise call <see cref="ReleaseSlot"/>.</returns>
    public bool TryTakePathSlot(PeerId remote, bool isTest) =>
        TryTakeSlot(isTest ? _pathTests : _pathSessions, remote, PathsPerRequest * options.RequestsPerMinutePerPeer);

    /// <summary>Takes a slot for a member of a room that asks for a path.</summary>
    /// <returns>False if there are too many; otherwise call <see cref="ReleaseMemberSlot"/>.</returns>
    public bool TryTakeMemberSlot(PeerId remote)
    {
        lock (_gate)
        {
            RemoveExpired(_memberSessions);
            if (
                _memberSlotsInUse >= MemberFactor * options.MaxRequests
                || _memberSessions.Count >= MemberFactor * options.RequestsPerMinute
                || _memberSessions.Count(session => session.Key == remote)
                    >= PathsPerRequest * options.RequestsPerMinutePerPeer
            )
            {
                return false;
            }

            _memberSlotsInUse++;
            _memberSessions.Enqueue((remote, timeProvider.GetTimestamp()));
            return true;
        }
    }

    /// <summary>Releases the slot of a member of a room.</summary>
    public void ReleaseMemberSlot()
    {
        lock (_gate)
        {
            _memberSlotsInUse--;
        }
    }

    /// <summary>Releases the slot of a request that no longer waits.</summary>
    public void ReleaseSlot()
    {
        lock (_gate)
        {
            _slotsInUse--;
        }
    }

    /// <summary>
    /// Records that the user rejected a peer. For a minute, its next requests are answered with "busy".
    /// </summary>
    public void OnRejected(PeerId remote)
    {
        lock (_gate)
        {
            RemoveExpired(_rejected);
            _rejected.Enqueue((remote, timeProvider.GetTimestamp()));
        }
    }

    /// <summary>Records that a peer rejected this one's request.</summary>
    /// <returns>The reason to show to the user.</returns>
    public DisconnectReason OnRejectedBy(PeerId remote, RejectReason reason)
    {
        lock (_gate)
        {
            RemoveExpired(_rejectedBy);
            if (reason == RejectReason.Busy)
            {
                return _rejectedBy.Any(rejected => rejected.Key == remote)
                    ? DisconnectReason.TooSoon
                    : DisconnectReason.Busy;
            }

            if (_rejectedBy.Count == MaxRejectedBy)
            {
                _ = _rejectedBy.Dequeue();
            }

            _rejectedBy.Enqueue((remote, timeProvider.GetTimestamp()));
            return DisconnectReason.Rejected;
        }
    }

    private bool WasRejected(PeerId? remote)
    {
        lock (_gate)
        {
            RemoveExpired(_rejected);
            return _rejected.Any(rejected => rejected.Key == remote);
        }
    }

    private bool TryTakeSlot(Queue<(PeerId Key, long At)> recent, PeerId remote, int limit)
    {
        lock (_gate)
        {
            RemoveExpired(recent);
            RemoveExpired(_rejected);
            if (
                _slotsInUse >= options.MaxRequests
                || recent.Count >= options.RequestsPerMinute
                || recent.Count(request => request.Key == remote) >= limit
                || _rejected.Any(rejected => rejected.Key == remote)
            )
            {
                return false;
            }

            _slotsInUse++;
            recent.Enqueue((remote, timeProvider.GetTimestamp()));
            return true;
        }
    }

    private void RemoveExpired(Queue<(PeerId Key, long At)> queue)
    {
        while (queue.TryPeek(out var oldest) && timeProvider.GetElapsedTime(oldest.At) >= Period)
        {
            _ = queue.Dequeue();
        }
    }
}
