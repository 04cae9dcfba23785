namespace P2PChat.Tests.Simulation;

/// <summary>When each message was sent and queued, to check its expiry against the true time.</summary>
internal sealed class SentMessages(Simulation world)
{
    private readonly Dictionary<Guid, SentMessage> _sent = [];
    private readonly Dictionary<Guid, List<QueuedReading>> _queued = [];

    /// <summary>Records that a message is about to be queued.</summary>
    public void Add(SimulatedSession session, Guid id, string text)
    {
        var owner = session.Owner;
        world.Checker.Sending(owner.Label, session.Remote.Label, text, world.Now);
        _sent.Add(id, new SentMessage(text, world.Now, owner.ClockOffset));
        _queued.Add(id, []);
        Queue(owner, id);
    }

    /// <summary>Records that a message is about to be queued, or queued again after its receiver lost it.</summary>
    public void Queue(SimulatedPeer owner, Guid id) =>
        _queued[id].Add(new QueuedReading(world.Now, owner.HasDirectory ? world.DirectoryOffset : null, owner.Ran));

    public string TextOf(Guid id) => _sent[id].Text;

    /// <summary>Expires messages, and checks by the true time that no single wrong clock expires one early.</summary>
    public void Expire(SimulatedSession session)
    {
        var peer = session.Owner;
        var before = Simulation.Waiting(session);
        session.Machine.Conversation.Expire(peer.Reading);
        var after = Simulation.Waiting(session);
        foreach (var id in before)
        {
            var sent = _sent[id];
            var (age, isGone) = (world.Now - sent.At, !after.Contains(id));
            var own = peer.ClockOffset - sent.OwnOffset;
            // A peer restored from an older copy uses the readings in that copy.
            var queued = _queued[id];
            if (isGone && age < peer.Options.Expiry)
            {
                if (own > TimeSpan.Zero && queued.Any(reading => DirectoryMove(reading) > TimeSpan.Zero))
                {
                    world.Checker.MayExpireEarly(sent.Text);
                }
                else
                {
                    world.Checker.Violated(
                        $"{peer} abandoned '{sent.Text}' after {age}, its clock moved by {own} "
                            + $"and the directory's by {DirectoryMove(queued[^1])}"
                    );
                }
            }

            if (!isGone && queued.All(IsOld))
            {
                world.Checker.Violated($"{peer} keeps '{sent.Text}' for too long");
            }

            TimeSpan? DirectoryMove(QueuedReading reading) =>
                peer.HasDirectory ? world.DirectoryOffset - reading.DirectoryOffset : null;

            bool IsOld(QueuedReading reading) =>
                DirectoryMove(reading) is { } directory
                    ? world.Now - reading.At >= peer.Options.Expiry
                        && own >= TimeSpan.Zero
                        && directory >= TimeSpan.Zero
                    : peer.Ran - reading.Ran >= peer.Options.Expiry;
        }
    }
}

/// <summary>When a message was sent, and the error of its sender's clock at that time.</summary>
internal sealed record SentMessage(string Text, DateTimeOffset At, TimeSpan OwnOffset);

/// <summary>The true time and the clock readings when a message was queued.</summary>
/// <param name="DirectoryOffset">Error of the directory's clock; null if the directory was unreachable.</param>
/// <param name="Ran">The sender's running time.</param>
internal sealed record QueuedReading(DateTimeOffset At, TimeSpan? DirectoryOffset, TimeSpan Ran);
