using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>Tries all paths to a peer without using them.</summary>
internal interface IPathTester
{
    /// <summary>
    /// Tries every candidate: the direct and LAN addresses, the punch and the relay. Does not stop at the first that
    /// authenticates, attaches no link, and closes everything before it returns. Failures of the network are results.
    /// </summary>
    /// <param name="key">The key that must authenticate.</param>
    /// <param name="found">
    /// From a lookup; null if the directory did not answer, so that only LAN addresses remain.
    /// </param>
    /// <exception cref="OperationCanceledException">The caller cancelled, or its time is over.</exception>
    Task<PathTest> TestAsync(Username name, PeerId key, FoundPeer? found, CancellationToken cancellationToken);
}

/// <summary>The result of an <see cref="IPathTester"/>.</summary>
/// <param name="Report">
/// One attempt per candidate, even if the rules forbid it; for the punch one per try, or one with the reason why
/// there was none; for the relay exactly one. <see cref="PathReport.Chosen"/> is the best kind that authenticated.
/// </param>
/// <param name="HasAnswered">Whether the other peer answered the signals; null if it was not asked.</param>
/// <param name="HidesAddress">Whether the other peer answered, and named no candidate.</param>
internal sealed record PathTest(PathReport Report, bool? HasAnswered, bool HidesAddress);
