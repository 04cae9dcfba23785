using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Services;

/// <summary>Sets how long messages stay before they disappear. Thread-safe.</summary>
public sealed class TimerService
{
    private readonly LocalIdentity _self;
    private readonly SessionTable _sessions;
    private readonly BlockPolicy _blocks;
    private readonly PeerLifetime _lifetime;
    private readonly LocalChanges _changes;

    internal TimerService(
        LocalIdentity self,
        SessionTable sessions,
        BlockPolicy blocks,
        PeerLifetime lifetime,
        LocalChanges changes
    ) => (_self, _sessions, _blocks, _lifetime, _changes) = (self, sessions, blocks, lifetime, changes);

    /// <summary>Reads the timer. Without a contact of that name messages stay.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public TimerView Of(Username name) =>
        _sessions.Find(name) is { } session
            ? new TimerView(session.Messages.Timer.Seconds, KeepsMessages(session))
            : new TimerView(0, TheyKeepMessages: false);

    /// <summary>
    /// Sets the timer for new messages of both sides. It is sent like a message, and stored when this returns. The same
    /// timer is sent again, in case the other side does not have it.
    /// </summary>
    /// <param name="seconds">0 to turn it off; otherwise 5 minutes to 90 days.</param>
    /// <exception cref="PeerException">The time is not allowed, or it cannot be sent or stored.</exception>
    public async Task<TimerView> SetAsync(Username name, long seconds)
    {
        if (!TimerRules.IsAllowed(seconds))
        {
            throw Refusals.BadTimer();
        }

        if (name == _self.Name)
        {
            throw Refusals.ToSelf();
        }

        _blocks.ThrowIfBlocked(name);
        while (true)
        {
            var session = _sessions.Find(name) ?? throw Refusals.NotConnected(name);
            var content = session.Messages.Timer.Set((uint)seconds);
            var draft = new MessageDraft(FallbackText.Of(content, ""), content);
            if (session.Messages.SendAsync(name, draft, key: null) is { } sending)
            {
                _ = await sending;
                _changes.Publish();
                return Of(name);
            }

            if (_lifetime.IsStopping)
            {
                throw Refusals.ShuttingDown();
            }
        }
    }

    // Stored features may be those of an earlier version, or of none that this peer has ever been connected to.
    private static bool? KeepsMessages(SessionHost session) =>
        session.Features.HasFlag(PeerFeatures.Timer) ? false
        : session.HasConnected ? true
        : null;
}
