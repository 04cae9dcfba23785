using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

public sealed class HelpScreenTests
{
    [Fact]
    public void Each_command_is_in_exactly_one_row()
    {
        var rows = HelpScreen.Groups.SelectMany(group => group.Rows).ToList();

        Assert.Equal(
            CommandTable.All.Select(command => command.Name).Order(),
            rows.SelectMany(row => row.Commands).Order()
        );
        Assert.All(rows, row =>
            Assert.All(row.Commands, name => Assert.Contains(name, row.Usage + row.Summary, StringComparison.Ordinal))
        );
    }
}
