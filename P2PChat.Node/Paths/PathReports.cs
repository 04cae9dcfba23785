using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>The latest path report per peer, for the doctor. Thread-safe.</summary>
internal sealed class PathReports
{
    // A peer with more contacts keeps the newest reports.
    private const int MaxPeers = 256;

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<Username, PathReport> _reports = [];

    /// <summary>Raised on any thread.</summary>
    public event Action<PathReport>? Added;

    /// <returns>Null if no path to this peer was looked for.</returns>
    public PathReport? Find(Username with)
    {
        lock (_gate)
        {
            return _reports.GetValueOrDefault(with);
        }
    }

    public void Add(PathReport report)
    {
        lock (_gate)
        {
            _ = _reports.Remove(report.With);
            if (_reports.Count == MaxPeers)
            {
                _reports.RemoveAt(0);
            }

            _reports.Add(report.With, report);
        }

        Added?.Invoke(report);
    }
}
