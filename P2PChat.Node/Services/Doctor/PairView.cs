using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;

namespace P2PChat.Node.Services.Doctor;

/// <summary>Answers the questions of the pair rules about one path test.</summary>
internal sealed class PairView(DoctorFacts facts, PairFacts pair, IReadOnlyList<PathAttempt> attempts)
{
    private const int MaxNamed = 3;

    // Many homes use the same private addresses, so one may lead to another machine or to this one. If the peer has
    // others, only those say something about its network.
    private readonly List<PathAttempt> _relevant = Relevant([.. attempts.Where(one => one.Kind < PathKind.Punched)]);

    public DoctorFacts Facts => facts;

    public string Name => pair.Name.Value;

    /// <summary>
    /// The best kind of path that worked; null if none did. A punched conversation counts, because its ports cannot be
    /// punched again. It may use another link for a moment, such as a relayed one that has just opened.
    /// </summary>
    public PathKind? Reached { get; } =
        attempts
            .Where(one => one.Outcome == PathOutcome.Authenticated)
            .Select(one => (PathKind?)one.Kind)
            .Append(IsPunched(pair) ? PathKind.Punched : null)
            .Min();

    public DoctorPeerState State => pair.State;

    /// <summary>Whether the paths were tried.</summary>
    public bool IsTested => pair.Test is not null;

    public bool IsReachedDirectly => Reached < PathKind.Relayed;

    public bool HidesHere => facts.Local.HidesAddress;

    public bool HidesThere => pair.HidesAddress || pair.Test is { HidesAddress: true };

    public bool IsHidden => HidesHere || HidesThere;

    /// <summary>
    /// Whether the other peer was asked to connect too, and did not answer. If the relay works, the peer has reacted,
    /// even if the test ended before its answer came.
    /// </summary>
    public bool HasNotAnswered =>
        HasPunch(PathOutcome.NoAnswer) || (pair.Test is { HasAnswered: false } && !HasRelay(PathOutcome.Authenticated));

    /// <summary>Whether the directory did not pass the signals on.</summary>
    public bool HasLostSignals => HasPunch(PathOutcome.DirectoryUnreachable);

    public IReadOnlyList<PathAttempt> Direct { get; } = [.. attempts.Where(one => one.Kind < PathKind.Punched)];

    public IReadOnlyList<PathAttempt> Punched { get; } = [.. attempts.Where(one => one.Kind == PathKind.Punched)];

    public IReadOnlyList<PathAttempt> Relayed { get; } = [.. attempts.Where(one => one.Kind == PathKind.Relayed)];

    /// <summary>Whether the other peer could connect to this one if a router or firewall let it in.</summary>
    public bool CanBeReached =>
        this is { IsHidden: false, IsWebOnly: false, MissingFamily: null } && !facts.Local.LocalOnly;

    /// <summary>Whether both sides tried to connect at the same time through their routers, and failed.</summary>
    public bool HasPunchTried =>
        Punched.Any(one =>
            one.Took is not null && !IsPrivate(one) && one.Outcome is PathOutcome.TimedOut or PathOutcome.Refused
        );

    public NatMapping? Mapping => facts.Tcp?.Mapping;

    /// <summary>Whether the STUN ports and all addresses of the other peer are silent.</summary>
    public bool IsWebOnly =>
        facts.IsStunSilent
        && facts.IsDirectoryReached
        && IsSilent
        && _relevant
            .Concat(Punched.Where(IsRelevant))
            .All(one => one.Took is null || one.Outcome == PathOutcome.TimedOut);

    /// <summary>Whether an address refused the connection.</summary>
    public bool IsRefused => _relevant.Exists(one => one.Outcome == PathOutcome.Refused);

    /// <summary>Whether nothing answered at an address.</summary>
    public bool IsSilent => _relevant.Exists(one => one.Outcome == PathOutcome.TimedOut);

    /// <summary>Whether only private addresses were tried.</summary>
    public bool IsPrivateOnly => _relevant.TrueForAll(IsPrivate);

    /// <summary>Whether all addresses of the other peer lead to its own network or machine.</summary>
    public bool IsOnlyPrivate =>
        Direct.Count > 0 && Direct.All(one => one.Outcome is PathOutcome.NotOnThisNetwork or PathOutcome.NotRoutable);

    /// <summary>Whether all addresses of the other peer lead to its own machine.</summary>
    public bool IsOnlyTheirMachine => IsOnlyPrivate && Direct.All(one => one.Outcome == PathOutcome.NotRoutable);

    /// <summary>The address family that the other peer has and this machine lacks; null if there is none.</summary>
    public AddressFamily? MissingFamily
    {
        get
        {
            var allowed = _relevant
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
    public string Named(PathOutcome outcome) => NamedOf(Direct, outcome);

    /// <summary>The same, for an address that was refused or silent.</summary>
    public string Failed(PathOutcome outcome) => NamedOf(_relevant, outcome);

    private static bool IsPunched(PairFacts pair) =>
        pair.Test is not null && (pair.Path == PathKind.Punched || pair.PathBefore == PathKind.Punched);

    private static string NamedOf(IEnumerable<PathAttempt> attempts, PathOutcome outcome)
    {
        var named = attempts.Where(one => one.Outcome == outcome).Select(one => one.Candidate).Distinct().ToList();
        return named.Count <= MaxNamed
            ? Sentence.List(named)
            : $"{string.Join(", ", named.Take(MaxNamed - 1))} and {named.Count - MaxNamed + 1} more addresses";
    }

    private static bool IsPrivate(PathAttempt attempt) =>
        AddressOf(attempt) is { } address && LocalNetwork.IsLocal(address);

    private bool IsRelevant(PathAttempt attempt) => IsPrivateOnly || !IsPrivate(attempt);

    private static List<PathAttempt> Relevant(List<PathAttempt> direct) =>
        direct.TrueForAll(IsPrivate) ? direct : direct.FindAll(one => !IsPrivate(one));

    private static IPAddress? AddressOf(PathAttempt attempt) =>
        IPEndPoint.TryParse(attempt.Candidate, out var endPoint) ? endPoint.Address : null;

    private static int? PortOf(PathAttempt attempt) =>
        IPEndPoint.TryParse(attempt.Candidate, out var endPoint) ? endPoint.Port : null;
}
