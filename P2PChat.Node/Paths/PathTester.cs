using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>
/// Tries all paths to a peer in the running process, so that the doctor sees the same network. Gives way to other
/// searches between the two peers, and begins again after them.
/// </summary>
internal sealed class PathTester(PathRunFactory factory, PathRunner runner, PathCrossings crossings, Contacts contacts)
    : IPathTester
{
    public async Task<PathTest> TestAsync(
        Username name,
        PeerId key,
        FoundPeer? found,
        CancellationToken cancellationToken
    )
    {
        var isContact = contacts.IsKnown(name, key);
        var target = found is null
            ? new PathTarget(name, key, [], Observed: null, isContact)
            : PathTarget.Of(found, isContact);
        while (true)
        {
            var run = factory.Search(target, PathPurpose.Test, _ => false);
            await crossings.BeginAsync(run, isUrgent: false, cancellationToken);
            try
            {
                var (_, report) = await runner.RunAsync(run, cancellationToken);
                if (!run.IsStopped)
                {
                    return new PathTest(report, run.HasAnswer, run.HasAnswer == true && run.HasEmptyAnswer);
                }

                cancellationToken.ThrowIfCancellationRequested();
            }
            finally
            {
                crossings.End(run);
            }
        }
    }
}
