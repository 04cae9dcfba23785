using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;

namespace P2PChat.Node.Services.Doctor;

/// <summary>Answers the questions of the pair rules about one path test.</summary>
internal sealed class PairView(DoctorFacts facts, PairFacts pair, IReadOnlyList<PathAttempt> attempts)
{
    private const int MaxNamed = 3;

    public DoctorFacts Facts => facts;

    public string Name => pair.Name.Value;

    /// <summary>
    /// The best kind of path that worked; null if none did. An open punched conversation counts, because its ports
    /// cannot be punched again.
    /// </summary>
    public PathKind? Reached { get; } =
        attempts
            .Where(one => one.Outcome == PathOutcome.Authenticated)
            .Select(one => (PathKind?)one.Kind)
            .Append(pair is { Test: not null, Path: PathKind.Punched } ? pair.Path : null)
            .Min();

    public DoctorPeerState State => pair.State;

    /// <summary>Whether the paths were tried.</summary>
    public bool IsTested => pair.Test is not null;

    public bool IsReachedDirectly => Reached < PathKind.Relayed;

    public bool HidesHere => facts.Local.HidesAddress;

    public bool HidesThere => pair.HidesAddress || pair.Test is { HidesAddress: true };

    public bool IsHidden => HidesHere || HidesThere;

    /// <summary>Whether the other peer was asked for its candidates, and did not answer.</summary>
    public bool HasNotAnswered =>
        pair.Test is { HasAnswered: false } || (pair.Test is { HasAnswered: null } && HasPunch(PathOutcome.NoAnswer));

    public IReadOnlyList<PathAttempt> Direct { get; } = [.. attempts.Where(one => one.Kind < PathKind.Punched)];

    public IReadOnlyList<PathAttempt> Punched { get; } = [.. attempts.Where(one => one.Kind == PathKind.Punched)];

    public IReadOnlyList<PathAttempt> Relayed { get; } = [.. attempts.Where(one => one.Kind == PathKind.Relayed)];

    /// <summary>Whether the other peer could connect to this one if a router or firewall let it in.</summary>
    public bool CanBeReached =>
        this is { IsHidden: false, IsWebOnly: false, MissingFamily: null } && !facts.Local.LocalOnly;

    /// <summary>Whether both sides tried to connect at the same time, and failed.</summary>
    public bool HasPunchTried =>
        Punched.Any(one => one.Took is not null && one.Outcome is PathOutcome.TimedOut or PathOutcome.Refused);

    public NatMapping? Mapping => facts.Tcp?.Mapping;

    /// <summary>Whether the STUN ports and all addresses of the other peer are silent.</summary>
    public bool IsWebOnly =>
        facts.IsStunSilent
        && facts.IsDirectoryReached
        && Direct.Concat(Punched).Any(one => one.Outcome == PathOutcome.TimedOut)
        && Direct.Concat(Punched).Where(one => one.Took is not null).All(one => one.Outcome == PathOutcome.TimedOut);

    /// <summary>Whether all addresses of the other peer lead to its own network or machine.</summary>
    public bool IsOnlyPrivate =>
        Direct.Count > 0 && Direct.All(one => one.Outcome is PathOutcome.NotOnThisNetwork or PathOutcome.NotRoutable);

    /// <summary>The address family that the other peer has and this machine lacks; null if there is none.</summary>
    public AddressFamily? MissingFamily
    {
        get
        {
            var allowed = Direct
                .Where(one => one.Outcome is not (PathOutcome.NotOnThisNetwork or PathOutcome.NotRoutable))
                .ToList();
            return
                allowed.Count > 0
                && allowed.TrueForAll(one => one.Outcome == PathOutcome.NoRoute)
                && allowed.Select(one => AddressOf(one)?.AddressFamily).Distinct().ToList() is [{ } family]
                ? family
                : null;
        }
    }

    /// <summary>The other peer's own port, which its private addresses show; null if it is not known.</summary>
    public int? TheirPort =>
        Direct
            .Where(one => one.Outcome is PathOutcome.NotOnThisNetwork or PathOutcome.NotRoutable)
            .Select(PortOf)
            .Distinct()
            .ToList()
            is [{ } port]
            ? port
            : null;

    public bool Has(PathOutcome outcome) => Direct.Any(one => one.Outcome == outcome);

    public bool HasPunch(PathOutcome outcome) => Punched.Any(one => one.Outcome == outcome);

    public bool HasRelay(PathOutcome outcome) => Relayed.Any(one => one.Outcome == outcome);

    /// <summary>The candidates with an outcome, such as <c>a and b</c>, at most three.</summary>
    public string Named(PathOutcome outcome)
    {
        var named = Direct.Where(one => one.Outcome == outcome).Select(one => one.Candidate).Distinct().ToList();
        return named.Count <= MaxNamed
            ? Sentence.List(named)
            : $"{string.Join(", ", named.Take(MaxNamed - 1))} and {named.Count - MaxNamed + 1} more addresses";
    }

    private static IPAddress? AddressOf(PathAttempt attempt) =>
        IPEndPoint.TryParse(attempt.Candidate, out var endPoint) ? endPoint.Address : null;

    private static int? PortOf(PathAttempt attempt) =>
        IPEndPoint.TryParse(attempt.Candidate, out var endPoint) ? endPoint.Port : null;
}
