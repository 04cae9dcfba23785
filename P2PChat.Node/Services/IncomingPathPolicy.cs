using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>
/// The permission to answer a path session. Always dispose it; release it as soon as the link exists.
/// </summary>
/// <param name="isContact">Whether the caller is a contact, or a peer that this one asks too.</param>
/// <param name="givesAddresses">Whether the answer may name this peer's addresses.</param>
internal sealed class PathAdmission(bool isContact, bool givesAddresses, Action? release) : IDisposable
{
    private Action? _release = release;

    public bool IsContact { get; } = isContact;

    public bool GivesAddresses { get; } = givesAddresses;

    /// <summary>Releases its slot among the open requests, if it has one.</summary>
    public void Release() => Interlocked.Exchange(ref _release, null)?.Invoke();

    public void Dispose() => Release();
}

/// <summary>
/// Decides which path sessions of other peers are answered. A stranger's counts as an open request. A blocked peer is
/// answered like a stranger, and its request is held or rejected on the link. Thread-safe.
/// </summary>
internal sealed class IncomingPathPolicy(
    LocalIdentity self,
    SessionTable sessions,
    Contacts contacts,
    BlockPolicy blocks,
    RequestPolicy requests,
    Preferences preferences,
    LinkPlaces places,
    RoomMembers members,
    PeerOptions options,
    PeerLifetime lifetime
)
{
    /// <returns>Null if the session is not answered.</returns>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public PathAdmission? Decide(IncomingPath path)
    {
        if (lifetime.IsStopping || !places.MayAdd(path.FromPeerId) || path.FromPeerId == self.PeerId)
        {
            return null;
        }

        if (!blocks.IsBlocked(path.From, path.FromPeerId) && IsExpected(path.From, path.FromPeerId))
        {
            return new PathAdmission(isContact: true, givesAddresses: true, release: null);
        }

        // Its request for rooms is accepted without asking, and members see each other's addresses.
        if (!blocks.IsBlocked(path.From, path.FromPeerId) && !requests.AcceptsNobody && IsMember(path.FromPeerId))
        {
            return requests.TryTakeMemberSlot(path.FromPeerId)
                ? new PathAdmission(
                    isContact: false,
                    givesAddresses: contacts.Check(path.From, path.FromPeerId) != PinCheck.Changed,
                    requests.ReleaseMemberSlot
                )
                : null;
        }

        // A request that will be rejected is rejected on a relayed link, so that the caller hears it, and learns no
        // address. So does another key under a contact's name.
        return requests.TryTakePathSlot(path.FromPeerId, path.IsTest)
            ? new PathAdmission(
                isContact: false,
                givesAddresses: AsksTheUser && contacts.Check(path.From, path.FromPeerId) != PinCheck.Changed,
                requests.ReleaseSlot
            )
            : null;
    }

    private bool AsksTheUser => options.Bot == BotKind.Echo || preferences.Accept is AcceptMode.All or AcceptMode.Ask;

    private bool IsMember(PeerId key) =>
        members.All.Contains(key) || sessions.FindInMemory(key) is { Rooms.IsAcquaintance: true };

    private bool IsExpected(Username name, PeerId key) =>
        contacts.IsKnown(name, key)
        || (
            sessions.Find(name) is { } session
            && session.Remote == key
            && session.Relation is Relation.Connected or Relation.RequestSent
        );
}
