using P2PChat.Node.Model;

namespace P2PChat.Node.Services.Doctor;

/// <summary>Draws the conclusions from what a check has measured. Pure.</summary>
internal static class Conclusions
{
    /// <param name="startedAt">By this machine's clock.</param>
    public static DoctorReport Report(DoctorFacts facts, DateTimeOffset startedAt, TimeSpan took)
    {
        var (verdict, summary, findings) = Of(facts);
        return new DoctorReport(
            startedAt,
            took,
            verdict,
            summary,
            findings,
            new DoctorMachine(
                facts.Local.Endpoints,
                facts.Directory.ClockError,
                facts.Local.HidesAddress,
                facts.Local.Lan,
                facts.Local.LanContacts
            ),
            new DoctorDirectory(facts.Directory.State, facts.Directory.RoundTrip, facts.Directory.Detail),
            facts.Relay,
            facts.Nat,
            facts.Pair is { } pair
                ? new DoctorPeer(pair.Name, pair.State, pair.Path, pair.Test?.Report.Attempts ?? [])
                : null
        );
    }

    public static (DoctorVerdict Verdict, string Summary, IReadOnlyList<DoctorFinding> Findings) Of(DoctorFacts facts)
    {
        var machine = MachineRules.Findings.Select(rule => rule.Apply(facts)).OfType<DoctorFinding>();
        if (facts.Pair is not { } pair)
        {
            var answer = MachineRules.Answers.First(one => one.When(facts));
            return (answer.Verdict, answer.Text(facts), Sorted(machine));
        }

        var view = new PairView(facts, pair, pair.Test?.Report.Attempts ?? []);
        var verdict = PairAnswers.All.First(one => one.When(view));
        if (view.IsReachedDirectly)
        {
            // Limits on other connections do not matter to this one.
            machine = machine.Where(one => one.Level == FindingLevel.Problem || one.Code == FindingCode.CheckStopped);
        }

        IEnumerable<DoctorFinding> lookup =
            pair.Problem is { } problem && pair.State is not DoctorPeerState.NotKnown
                ? [new(FindingCode.LookupFailed, FindingLevel.Problem, problem)]
                : [];
        var causes =
            pair.State == DoctorPeerState.Online && view is { IsTested: true, IsReachedDirectly: false }
                ? PairRules.All.Concat(RouterAdvice.All).Select(rule => rule.Apply(view)).OfType<DoctorFinding>()
                : [];
        return (verdict.Verdict, verdict.Text(view), Sorted(lookup.Concat(causes).Concat(machine)));
    }

    // Problems come first, and advice last.
    private static List<DoctorFinding> Sorted(IEnumerable<DoctorFinding> findings) =>
        [.. findings.OrderBy(finding => finding.Level)];
}
