using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services.Doctor;

/// <summary>Looks up another peer and tries all paths to it.</summary>
internal sealed class PairCheck(
    PeerConnector connector,
    SessionTable sessions,
    Contacts contacts,
    PeerOptions options,
    TimeProvider timeProvider,
    IPathTester tester
)
{
    private static readonly TimeSpan LookupTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TestTimeout = TimeSpan.FromSeconds(12);

    /// <returns>The facts, and whether the time was over before the end.</returns>
    /// <exception cref="PeerException">There is no peer of that name, or it is this one.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<(PairFacts Facts, bool IsStopped)> RunAsync(
        Username name,
        CancellationToken time,
        CancellationToken cancellationToken
    )
    {
        var (facts, found) = await LookUpAsync(name, time, cancellationToken);
        var key = found?.PeerId ?? contacts.Find(name)?.PeerId;
        // Without a record only the local network is left.
        var isWorthTrying =
            facts.State == DoctorPeerState.Online
            || (facts.State is DoctorPeerState.Offline or DoctorPeerState.NotKnown && options.Lan);
        if (key is null || !isWorthTrying)
        {
            return (facts, false);
        }

        using var limit = new CancellationTokenSource(TestTimeout, timeProvider);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, time, cancellationToken);
        try
        {
            var test = await tester.TestAsync(
                name,
                key.Value,
                facts.State == DoctorPeerState.Online ? found : null,
                bounded.Token
            );
            return (facts with { Test = test, PathBefore = facts.Path, Path = sessions.Find(name)?.Path }, false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (facts, true);
        }
    }

    private async Task<(PairFacts Facts, FoundPeer? Found)> LookUpAsync(
        Username name,
        CancellationToken time,
        CancellationToken cancellationToken
    )
    {
        var path = sessions.Find(name)?.Path;
        using var limit = new CancellationTokenSource(LookupTimeout, timeProvider);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, time, cancellationToken);
        try
        {
            var found = await connector.LookUpAsync(name, bounded.Token);
            return (
                new PairFacts(
                    name,
                    found.Online ? DoctorPeerState.Online : DoctorPeerState.Offline,
                    path,
                    HidesAddress: found is { Online: true, Endpoints: [] }
                ),
                found
            );
        }
        catch (PeerException exception) when (exception.Error is not (PeerError.UnknownPeer or PeerError.ToOneself))
        {
            return (new PairFacts(name, StateOf(exception.Error), path, exception.Message), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (new PairFacts(name, DoctorPeerState.NotKnown, path), null);
        }
    }

    private static DoctorPeerState StateOf(PeerError error) =>
        error switch
        {
            PeerError.KeyChanged or PeerError.InviterKeyChanged => DoctorPeerState.KeyChanged,
            PeerError.DirectoryNotTrusted => DoctorPeerState.NotTrusted,
            _ => DoctorPeerState.NotKnown,
        };
}
