using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>Collects the <see cref="PathReport"/> of a run that began at <paramref name="start"/>.</summary>
internal sealed class PathLog(TimeSpan start)
{
    private readonly List<Row> _rows = [];

    private sealed record Row(PathKind Kind, string Candidate, int Try, TimeSpan Begun)
    {
        public PathOutcome? Outcome { get; set; }

        public TimeSpan? Ended { get; set; }
    }

    /// <summary>Records the start of an attempt.</summary>
    /// <returns>Its row, for <see cref="End"/>.</returns>
    public int Begin(PathKind kind, string candidate, TimeSpan now, int tryNumber = 0)
    {
        _rows.Add(new Row(kind, candidate, tryNumber, now));
        return _rows.Count - 1;
    }

    /// <summary>Records the outcome of an attempt. Only the first outcome counts.</summary>
    public void End(int row, PathOutcome outcome, TimeSpan now)
    {
        if (_rows[row].Outcome is null)
        {
            _rows[row].Outcome = outcome;
            _rows[row].Ended = now;
        }
    }

    /// <summary>Records a candidate that was not tried.</summary>
    public void Skip(PathKind kind, string candidate, PathOutcome outcome, TimeSpan now) =>
        _rows.Add(new Row(kind, candidate, 0, now) { Outcome = outcome });

    /// <summary>
    /// The outcome that says most about why there is no path; <see cref="PathOutcome.NoRoute"/> without candidates.
    /// </summary>
    public PathOutcome MostSpecific =>
        _rows.Select(row => row.Outcome).OfType<PathOutcome>().DefaultIfEmpty(PathOutcome.NoRoute).MaxBy(Specificity);

    /// <summary>Returns the report. An attempt that has not ended counts as superseded.</summary>
    public PathReport Report(Username with, DateTimeOffset startedAt, PathKind? chosen) =>
        new(
            with,
            startedAt,
            chosen,
            [
                .. _rows.Select(row => new PathAttempt(
                    row.Kind,
                    row.Candidate,
                    row.Outcome ?? PathOutcome.Superseded,
                    row.Begun - start,
                    row.Ended - row.Begun,
                    row.Try
                )),
            ]
        );

    // An answer explains more than silence, and silence more than a rule of this peer.
    private static int Specificity(PathOutcome outcome) =>
        outcome switch
        {
            PathOutcome.VersionMismatch => 10,
            PathOutcome.WrongIdentity => 9,
            PathOutcome.HandshakeTimedOut => 8,
            PathOutcome.HandshakeFailed => 7,
            PathOutcome.TimedOut => 6,
            PathOutcome.Refused => 5,
            PathOutcome.NoAnswer or PathOutcome.DirectoryUnreachable or PathOutcome.RelayUnavailable => 4,
            PathOutcome.NoRoute or PathOutcome.NotResolved or PathOutcome.OverLimit => 3,
            PathOutcome.NotAllowed => 1,
            PathOutcome.Superseded or PathOutcome.Authenticated => 0,
            _ => 2,
        };
}
