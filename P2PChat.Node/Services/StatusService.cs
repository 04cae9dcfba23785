using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Links;
using P2PChat.Node.Model;

namespace P2PChat.Node.Services;

/// <summary>Reports the state of this peer. Thread-safe.</summary>
public sealed class StatusService
{
    private readonly LocalIdentity _self;
    private readonly PeerListener _listener;
    private readonly LocalCandidates _candidates;
    private readonly DirectoryRegistration _registration;
    private readonly JoinedInvites _joined;
    private readonly LinkTable _links;

    internal StatusService(
        LocalIdentity self,
        PeerListener listener,
        LocalCandidates candidates,
        DirectoryRegistration registration,
        JoinedInvites joined,
        LinkTable links
    )
    {
        (_self, _listener, _candidates, _registration) = (self, listener, candidates, registration);
        (_joined, _links) = (joined, links);
    }

    public PeerStatus Current
    {
        get
        {
            var (state, detail) = _registration.Status;
            detail = _joined.Mismatch is { } inviter ? InviterKeyWarning.For(inviter) : detail;
            return new PeerStatus(
                _self.Name,
                _self.PeerId,
                _candidates.Current is [var first, ..] ? AdvertisedEndpoints.Text(first) : null,
                state,
                detail,
                _links.Count,
                Environment.ProcessId
            );
        }
    }

    /// <summary>Whether the directory refuses this peer because another key claims its name.</summary>
    public bool IsNameTaken => _registration.Refusal == DirectoryFailure.NameTaken;

    /// <summary>Whether the directory refuses this peer because neither a join token nor an invite admits it.</summary>
    public bool IsNotAdmitted => _registration.Refusal == DirectoryFailure.NotAdmitted;

    /// <summary>Waits until the directory has accepted or refused this peer, or the time is over.</summary>
    public Task WaitForDirectoryAsync(
        TimeSpan timeout,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    ) => _registration.WaitForTokenAsync(timeout, timeProvider, cancellationToken);

    /// <summary>Whether the peer accepts connections from other peers.</summary>
    public bool IsListening => _listener.IsBound;
}
