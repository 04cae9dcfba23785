using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>Tries all paths to a peer in the running process, so that the doctor sees the same network.</summary>
internal sealed class PathTester(PathFinder paths, Contacts contacts) : IPathTester
{
    public Task<PathTest> TestAsync(Username name, PeerId key, FoundPeer? found, CancellationToken cancellationToken)
    {
        var isContact = contacts.IsKnown(name, key);
        return paths.TestAsync(
            found is null ? new PathTarget(name, key, [], Observed: null, isContact) : PathTarget.Of(found, isContact),
            cancellationToken
        );
    }
}
