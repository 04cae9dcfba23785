using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class EventLinesTests
{
    private readonly EventLines _lines = new(EventText.Show);

    [Fact]
    public void Loss_of_many_messages_is_one_line_per_contact()
    {
        Assert.Equal("* bob no longer has a message that was delivered: see 'history bob'", Lost("bob"));
        Assert.Null(Lost("bob"));
        Assert.Contains("* carol", Lost("carol"), StringComparison.Ordinal);
        Assert.NotNull(Lost("bob"));
    }

    [Fact]
    public void Directory_outage_is_shown_once()
    {
        Assert.NotNull(_lines.Next(new PeerEvent.DirectoryChanged(DirectoryState.Unreachable, "away")));
        Assert.Null(_lines.Next(new PeerEvent.DirectoryChanged(DirectoryState.Unreachable, "away")));
    }

    private string? Lost(string contact) =>
        _lines.Next(new PeerEvent.Receipt(Username.Parse(contact), Guid.NewGuid(), MessageState.Lost));
}
