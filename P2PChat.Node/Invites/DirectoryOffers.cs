using System.Threading.Channels;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Invites;

/// <summary>
/// The addresses of the directory that peers tell each other: a host tells those whom it invited, and a peer listens
/// only to those by whose invite it joined. Thread-safe; never blocks.
/// </summary>
internal sealed class DirectoryOffers(PeerOptions options, Contacts contacts, JoinedInvites joined)
{
    private readonly Channel<Uri> _received = Channel.CreateBounded<Uri>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }
    );

    /// <summary>The newest address from an inviter, which is not checked against a directory yet.</summary>
    public ChannelReader<Uri> Received => _received.Reader;

    /// <summary>The address to tell a connected peer; null if there is nothing to tell it.</summary>
    public string? AddressFor(Username name, PeerId key) =>
        options.HostsDirectory
        && contacts.Find(name) is { JoinedByInvite: true } contact
        && contact.PeerId == key
        && (options.InviteDirectory ?? new Uri(options.Discovery)) is { IsLoopback: false } address
        && InviteLink.CanName(address)
            ? address.GetLeftPart(UriPartial.Authority)
            : null;

    /// <summary>Takes an address from an inviter, and ignores one from anybody else.</summary>
    public void OnReceived(PeerId sender, string address)
    {
        if (
            joined.Find(sender) is not null
            && Uri.TryCreate(address, UriKind.Absolute, out var directory)
            && InviteLink.CanName(directory)
        )
        {
            _ = _received.Writer.TryWrite(directory);
        }
    }
}
