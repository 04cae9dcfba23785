using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>What to do with a request.</summary>
internal enum Answer
{
    Accept,
    Reject,

    /// <summary>Too many requests wait for the person, or the person has heard of too many.</summary>
    Busy,
    AskThePerson,

    /// <summary>To let it wait as if the person were asked, who is not: so who is blocked sees what a stranger sees.</summary>
    LetWait,
}

/// <summary>
/// Who may connect without being asked for, how many may wait for the person, and how often the person hears of them: who
/// asks, takes it back and asks again must not fill the screen. Thread-safe.
/// </summary>
internal sealed class RequestPolicy(PeerOptions options, Preferences preferences, TimeProvider clock)
{
    private const int MostRemembered = 1024;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // The requests that the person has heard of in the last minute: never more than the options allow.
    private readonly Queue<(PeerId Key, long At)> _told = new();

    // Whom the person has rejected in the last minute: of those that were told.
    private readonly Queue<(PeerId Key, long At)> _rejected = new();

    // Peers that rejected this one in the last minute. They answer "busy", like a peer that really is.
    private readonly Queue<(PeerId Key, long At)> _rejectedBy = new();
    private int _open;

    /// <param name="remote">Who asks.</param>
    /// <param name="known">Whether the two have accepted each other before.</param>
    /// <param name="blocked">Whether it is blocked, and is answered as a stranger whom nobody accepts.</param>
    /// <returns>For each <see cref="Answer.AskThePerson"/> and <see cref="Answer.LetWait"/> there must be one <see cref="Answered"/>.</returns>
    public Answer Decide(PeerId remote, bool known, bool blocked = false)
    {
        // Its places and its budget are a stranger's, too: what is counted shows in the answers.
        if (blocked)
        {
            return options.Bot == BotKind.None && preferences.Accept == AcceptMode.Ask
                ? TryOpen(remote)
                    ? Answer.LetWait
                    : Answer.Busy
                : Answer.Reject;
        }

        if (options.Bot == BotKind.Echo)
        {
            return Answer.Accept;
        }

        return preferences.Accept switch
        {
            AcceptMode.All => Answer.Accept,
            AcceptMode.None => Answer.Reject,
            _ when known => Answer.Accept,
            AcceptMode.Contacts => Answer.Reject,
            _ => TryOpen(remote) ? Answer.AskThePerson : Answer.Busy,
        };
    }

    /// <summary>The person has answered, or cannot any more.</summary>
    public void Answered()
    {
        lock (_gate)
        {
            _open--;
        }
    }

    /// <summary>The person has said no: for a minute nobody asks again with that key.</summary>
    public void Rejected(PeerId remote)
    {
        lock (_gate)
        {
            Forget(_rejected);
            _rejected.Enqueue((remote, clock.GetTimestamp()));
        }
    }

    /// <summary>Notes that a peer rejected this one's request.</summary>
    /// <returns>The reason to show to the person.</returns>
    public DisconnectReason RejectedBy(PeerId remote, RejectReason reason)
    {
        lock (_gate)
        {
            Forget(_rejectedBy);
            if (reason == RejectReason.Busy)
            {
                return _rejectedBy.Any(rejected => rejected.Key == remote)
                    ? DisconnectReason.TooSoon
                    : DisconnectReason.Busy;
            }

            if (_rejectedBy.Count == MostRemembered)
            {
                _ = _rejectedBy.Dequeue();
            }

            _rejectedBy.Enqueue((remote, clock.GetTimestamp()));
            return DisconnectReason.Rejected;
        }
    }

    private bool TryOpen(PeerId remote)
    {
        lock (_gate)
        {
            Forget(_told);
            Forget(_rejected);
            if (
                _open >= options.MaxRequests
                || _told.Count >= options.RequestsPerMinute
                || _told.Count(told => told.Key == remote) >= options.RequestsPerMinutePerPeer
                || _rejected.Any(rejected => rejected.Key == remote)
            )
            {
                return false;
            }

            _open++;
            _told.Enqueue((remote, clock.GetTimestamp()));
            return true;
        }
    }

    private void Forget(Queue<(PeerId Key, long At)> queue)
    {
        while (queue.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.At) >= Minute)
        {
            _ = queue.Dequeue();
        }
    }
}
