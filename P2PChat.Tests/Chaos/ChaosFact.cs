using P2PChat.Tests.Simulation;

namespace P2PChat.Tests.Chaos;

/// <summary>What was seen of a run from outside, through the peers' local APIs.</summary>
internal abstract record ChaosFact
{
    private static readonly TimeSpan Expiry = TimeSpan.FromDays(14);

    private ChaosFact() { }

    /// <summary>A call of <c>send</c> has begun, and later been answered.</summary>
    public sealed record Sent(string From, string To, string Text, DateTimeOffset At) : ChaosFact;

    /// <summary>A sender has said what has become of a message.</summary>
    public sealed record Told(string Text, SeenState State, DateTimeOffset At) : ChaosFact;

    /// <summary>A message of another peer is in a peer's store, behind all that were told of before.</summary>
    public sealed record Kept(string Receiver, string Sender, string Text) : ChaosFact;

    /// <summary>Something that must not be, in words.</summary>
    public sealed record Wrong(string What) : ChaosFact;

    /// <summary>Holds what was seen, up to when all had settled, against the promise.</summary>
    /// <returns>What is broken; empty if nothing.</returns>
    public static IReadOnlyList<string> Judge(IEnumerable<ChaosFact> facts)
    {
        var checker = new PromiseChecker(Expiry);
        foreach (var fact in facts)
        {
            switch (fact)
            {
                case Sent sent:
                    checker.Sending(sent.From, sent.To, sent.Text, sent.At);
                    checker.SendAccepted(sent.Text);
                    break;
                case Told told:
                    checker.StateSeen(told.Text, told.State, told.At);
                    break;
                case Kept kept:
                    checker.Received(kept.Receiver, kept.Sender, kept.Text);
                    break;
                case Wrong wrong:
                    checker.Violated(wrong.What);
                    break;
            }
        }

        checker.Settled();
        return checker.Violations;
    }
}
