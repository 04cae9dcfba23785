using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;

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

    [Fact]
    public void Help_of_each_command_fits_80_columns() =>
        Assert.All(CommandTable.All.SelectMany(command => CommandText.Help(command)), line =>
            Assert.InRange(line.Length, 1, 80)
        );

    [Fact]
    public void Help_of_rooms_lists_each_action_in_columns()
    {
        var room = CommandTable.Find("room")!;

        Assert.Equal(
            Enum.GetNames<RoomVerb>()
                .Select(verb => verb.ToLowerInvariant())
                .Concat(["link", "links", "members"])
                .Order(),
            room.Actions.Select(action => action.Usage.Split(' ')[0]).Order()
        );
        var wide = CommandText.Help(room).ToList();
        Assert.Contains("  invite <#room> <username>              invite a contact", wide);
        Assert.Contains("  link <#room> [--uses 1] [--hours 168]  make a link for 'connect <link>'", wide);
        Assert.All(CommandText.Help(room, 40), line => Assert.InRange(line.Length, 1, 40));
    }

    [Fact]
    public void Help_fits_a_screen_of_80_by_24_with_the_prompt()
    {
        var lines = new MessageLines("alice", _ => 0, Ink.None, TimeProvider.System);

        var help = new TableAnswers(() => (80, 24), Ink.None, lines).Help().ToList();

        // The line with the command, the prompt and the status row take three rows.
        Assert.InRange(help.Count, 1, 24 - 3);
        Assert.All(help, line => Assert.InRange(line.Length, 1, 79));
        Assert.All(help, line => Assert.Matches("^(Conversations|People|This peer|  [a-z/@].+)$", line));

        // In a narrow terminal, what a command does is below it.
        var narrow = new TableAnswers(() => (40, 24), Ink.None, lines).Help().ToList();
        Assert.Contains("  invite, invites, revoke", narrow);
        Assert.Contains("    invite friends by a link", narrow);
    }
}
