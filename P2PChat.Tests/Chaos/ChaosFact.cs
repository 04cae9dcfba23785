using P2PChat.Tests.Simulation;

namespace P2PChat.Tests.Chaos;

/// <summary>An observation of a run, made through the peers' local APIs.</summary>
internal abstract record ChaosFact
{
    private static readonly TimeSpan Expiry = TimeSpan.FromDays(14);

    private ChaosFact() { }

    /// <summary>A call of <c>send</c>, which was answered later.</summary>
    public sealed record Sent(string From, string To, string Text, DateTimeOffset At) : ChaosFact;

    /// <summary>A sender reported the state of a message.</summary>
    public sealed record Told(string Text, SeenState State, DateTimeOffset At) : ChaosFact;

    /// <summary>A received message is in a peer's store, after all those reported before.</summary>
    public sealed record Kept(string Receiver, string Sender, string Text) : ChaosFact;

    /// <summary>A violation, described in words.</summary>
    public sealed record Wrong(string What) : ChaosFact;

    /// <summary>Checks the observations of a run that has settled against the delivery guarantee.</summary>
    /// <returns>The violations; empty if there are none.</returns>
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
