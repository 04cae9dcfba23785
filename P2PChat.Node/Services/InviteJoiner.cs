using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Services;

/// <summary>Checks invite links, and makes their inviters contacts. Thread-safe.</summary>
internal sealed class InviteJoiner(
    LocalIdentity self,
    PeerOptions options,
    Contacts contacts,
    JoinedInvites joined,
    DirectoryAccess access,
    SessionTable sessions,
    TimeProvider timeProvider
)
{
    /// <summary>Reads a link, and checks that this peer can use it.</summary>
    /// <exception cref="PeerException">The link is damaged, this peer's own, or for another directory.</exception>
    public InviteLink Parse(string text)
    {
        var error = InviteLink.TryParse(text, out var link);
        if (link is null)
        {
            throw new PeerException(PeerError.BadInvite, InviteLinkText.Of(error));
        }

        if (link.Key == self.PeerId)
        {
            throw new PeerException(
                PeerError.OwnInvite,
                "That is your own invite. Send the link to the person you want to invite."
            );
        }

        if (link.Inviter == self.Name)
        {
            throw new PeerException(
                PeerError.OwnInvite,
                $"The invite is from {link.Inviter}, and this peer has the same name. Use a peer with another name."
            );
        }

        return IsSame(link.Directory, new Uri(options.Discovery)) || link.Directory == options.InviteDirectory
            ? link
            : throw new PeerException(
                PeerError.OtherDirectory,
                $"The invite is for the directory {Text(link.Directory)}, but this peer uses "
                    + $"{Text(new Uri(options.Discovery))}. Join there with another peer."
            );
    }

    /// <summary>Pins the inviter's key as verified, and makes the inviter a contact. Idempotent.</summary>
    /// <exception cref="PeerException">
    /// The inviter is blocked, the name is pinned to another key, or the change cannot be saved.
    /// </exception>
    public async Task JoinAsync(InviteLink link)
    {
        if (contacts.IsBlocked(link.Inviter, link.Key))
        {
            throw new PeerException(PeerError.Blocked, $"{link.Inviter} is blocked. Unblock {link.Inviter} first.");
        }

        // The pin comes first: after a crash there is never an invite without it.
        if (!Saving.Apply(() => contacts.PinInviter(link.Inviter, link.Key)))
        {
            contacts.NoteOtherKey(link.Inviter, link.Key);
            throw new PeerException(PeerError.KeyChanged, KeyWarning.For(link.Inviter, link.Key))
            {
                OtherKey = link.Key,
            };
        }

        if (joined.Find(link.Key) is not { } known || (!known.IsConfirmed && !IsSame(known, link)))
        {
            try
            {
                await joined.AddAsync(
                    new JoinedInvite(
                        link.Inviter,
                        link.Key,
                        link.Secret.Id,
                        link.Secret,
                        link.Directory,
                        timeProvider.GetUtcNow()
                    )
                );
            }
            catch (StoreException exception)
            {
                throw new PeerException(PeerError.StoreFailed, exception.Message);
            }
        }

        MakeContact(link.Inviter, link.Key);
    }

    /// <summary>
    /// Applies the link that this peer was started with, unless it has been applied before, and presents the join code
    /// of an invite that the inviter has not answered yet.
    /// </summary>
    /// <exception cref="PeerException">See <see cref="Parse"/> and <see cref="JoinAsync"/>.</exception>
    public async Task JoinAtStartAsync()
    {
        InviteLink? link = null;
        if (options.InviteLink is not null)
        {
            link = Parse(options.InviteLink);
            // RoomLinkStarter joins rooms, once there are rooms.
            if (link.Room is null && (joined.Find(link.Key) is not { } known || !IsSame(known, link)))
            {
                await JoinAsync(link);
            }
        }

        // Another inviter's code may have ended long ago.
        var code = (link is not { Room: null } ? null : joined.Find(link.Key))?.Secret
            ?? joined.All.FirstOrDefault(invite => !invite.IsConfirmed)?.Secret;
        access.JoinCode = code?.JoinCode.ToArray();
    }

    private void MakeContact(Username name, PeerId key)
    {
        bool? isContact = null;
        sessions.Use(key, session => (isContact = session.Dial.TryAcceptInviter(name)) is not null);
        if (isContact == false)
        {
            throw new PeerException(
                PeerError.AlreadyConnected,
                $"{name} is connected under another name. Disconnect from that name first."
            );
        }
    }

    private static bool IsSame(JoinedInvite known, InviteLink link) =>
        known.InviteId.Span.SequenceEqual(link.Secret.Id.Span);

    private static bool IsSame(Uri one, Uri other) =>
        Uri.Compare(
            one,
            other,
            UriComponents.SchemeAndServer,
            UriFormat.SafeUnescaped,
            StringComparison.OrdinalIgnoreCase
        ) == 0;

    private static string Text(Uri directory) => directory.GetLeftPart(UriPartial.Authority);
}
