using System.Net;

namespace P2PChat.Node.Paths;

/// <summary>
/// The state that the parts of a <see cref="PathMachine"/> share: effects, numbers, the report and the SYN budget.
/// </summary>
internal sealed class PathOutput(PathOptions options, TimeSpan start)
{
    private List<PathEffect> _effects = [];
    private int _lastNumber;

    public PathOptions Options { get; } = options;

    public PathLog Log { get; } = new(start);

    public SynBudget Budget { get; } = new();

    public int NextNumber() => ++_lastNumber;

    public void Add(PathEffect effect) => _effects.Add(effect);

    /// <summary>Returns the effects since the last call.</summary>
    public IReadOnlyList<PathEffect> Take()
    {
        var effects = _effects;
        _effects = [];
        return effects;
    }
}

/// <summary>
/// Counts the SYNs of a run, so that a record cannot aim many at one machine. At most three go to an address with its
/// port, and at most three to a public IP address with all its ports.
/// </summary>
internal sealed class SynBudget
{
    public const int PerAddress = 3;

    private readonly Dictionary<IPEndPoint, int> _byEndPoint = [];
    private readonly Dictionary<IPAddress, int> _byPublicAddress = [];

    /// <summary>Whether <see cref="TrySpend"/> would succeed.</summary>
    public bool Allows(IPEndPoint endPoint) =>
        _byEndPoint.GetValueOrDefault(endPoint) < PerAddress
        && _byPublicAddress.GetValueOrDefault(endPoint.Address) < PerAddress;

    /// <summary>Counts one SYN to the address if the limits allow it.</summary>
    public bool TrySpend(IPEndPoint endPoint)
    {
        if (!Allows(endPoint))
        {
            return false;
        }

        _byEndPoint[endPoint] = _byEndPoint.GetValueOrDefault(endPoint) + 1;
        if (AddressScopes.Of(endPoint.Address) == AddressScope.Public)
        {
            _byPublicAddress[endPoint.Address] = _byPublicAddress.GetValueOrDefault(endPoint.Address) + 1;
        }

        return true;
    }
}
