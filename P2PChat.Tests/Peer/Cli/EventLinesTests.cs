using P2PChat.Client;
using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

public sealed class EventLinesTests
{
    private readonly EventLines _lines = new(EventText.Show);

    [Fact]
    public void Loss_of_many_messages_is_one_line_per_contact()
    {
        Assert.Contains("'history bob'", Lost("bob"), StringComparison.Ordinal);
        Assert.Null(Lost("bob"));
        Assert.Contains("'history carol'", Lost("carol"), StringComparison.Ordinal);
        Assert.NotNull(Lost("bob"));
    }

    [Fact]
    public void Directory_outage_is_shown_once()
    {
        var outage = new ApiEvent.DirectoryChanged(new DirectoryStatus(DirectoryState.Unreachable, "away"));

        Assert.NotNull(_lines.Next(outage));
        Assert.Null(_lines.Next(outage));
    }

    private string? Lost(string contact) =>
        _lines.Next(new ApiEvent.Receipt(contact, Guid.NewGuid(), MessageState.Lost));
}
