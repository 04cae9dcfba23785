using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Lan;
using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>Creates searches and answers with what this peer knows about its networks and settings.</summary>
internal sealed class PathRunFactory(
    PathParts parts,
    PathContexts contexts,
    PathUpgrades upgrades,
    LanPeers lan,
    SynHistory history,
    PeerOptions options,
    PathOptions pathOptions
)
{
    /// <param name="carry">Takes a path; returns false if it is no longer wanted.</param>
    public CallerRun Search(PathTarget target, PathPurpose purpose, Func<FoundPath, bool> carry)
    {
        var plan = PlanFor(target, isOwnInitiative: true) with
        {
            PrefersRelay = purpose == PathPurpose.Connect && upgrades.PrefersRelay(target.Key),
            IsUpgrade = purpose == PathPurpose.Upgrade,
            IsTest = purpose == PathPurpose.Test,
        };
        var machine = new CallerPathMachine(plan, pathOptions, TimeSpan.Zero);
        return new CallerRun(machine, purpose, PathRanks.Of(plan), target, parts, carry);
    }

    /// <inheritdoc cref="PathAnswers.AnswerAsync"/>
    public CalleeRun Answer(IncomingPath path, bool isContact, bool givesAddresses, Func<FoundPath, bool> carry)
    {
        var target = new PathTarget(path.From, path.FromPeerId, path.Candidates, path.ObservedAddress, isContact);
        var plan = PlanFor(target, isOwnInitiative: false);
        plan = plan with
        {
            // The caller decides about punching and the relay. It may have moved, and this side may not know yet that
            // its open links are dead.
            MayPunch = plan.MayPunch && givesAddresses,
            IsUpgrade = path.WithoutRelay,
            // The caller chose the addresses and the moment, and may choose both again and again.
            MaySend = address => CandidateRules.IsAt(path.ObservedAddress, address) || history.TryAdd(address),
        };
        return new CalleeRun(
            new CalleePathMachine(plan, path.Relay, pathOptions, TimeSpan.Zero),
            path.IsTest ? PathPurpose.Test : PathPurpose.Connect,
            path,
            target,
            parts,
            givesAddresses ? parts.Candidates.Current : [],
            carry
        );
    }

    private PathPlan PlanFor(PathTarget target, bool isOwnInitiative)
    {
        var isHidden = parts.Candidates.AreHidden;
        return new PathPlan
        {
            Endpoints = target.Endpoints,
            LanAddresses = isHidden || !isOwnInitiative ? [] : lan.EndpointsOf(target.Key),
            Context = contexts.Create(target, isOwnInitiative),
            MayDial = !isHidden,
            MayPunch = !isHidden && options.Punch,
            MayRelay = options.Relay,
        };
    }
}
