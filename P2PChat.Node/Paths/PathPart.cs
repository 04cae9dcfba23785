using System.Net;
using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>A part of a <see cref="PathMachine"/> with attempts of its own. Unknown numbers are ignored.</summary>
internal interface IPathPart
{
    /// <summary>Whether nothing runs or waits.</summary>
    bool IsIdle { get; }

    /// <summary>When <see cref="Tick"/> next has something to do; null if never.</summary>
    TimeSpan? Deadline { get; }

    /// <summary>Records that a socket of the attempt has connected. TLS follows.</summary>
    void Connected(int attempt, IPEndPoint? remote, TimeSpan now);

    /// <summary>Records that the attempt has failed. Its sockets must be closed.</summary>
    void Failed(int attempt, PathOutcome outcome, TimeSpan now);

    /// <summary>Takes an attempt that has authenticated the expected key.</summary>
    /// <returns>Its kind; null if the attempt does not belong to this part, or no longer does.</returns>
    PathKind? Authenticated(int attempt, IPEndPoint? remote, TimeSpan now);

    /// <summary>Checks timeouts and starts what is due.</summary>
    void Tick(TimeSpan now);

    /// <summary>Cancels everything.</summary>
    /// <param name="outcome">For the report, unless an attempt has run out of time.</param>
    void Stop(PathOutcome outcome, TimeSpan now);
}
