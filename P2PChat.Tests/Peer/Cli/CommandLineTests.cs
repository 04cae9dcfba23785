using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public void A_name_and_a_port_are_enough()
    {
        var run = Assert.IsType<CommandLine.Run>(CommandLine.Parse(["user1", "8001"]));

        Assert.Equal("user1", run.Settings["Peer:Username"]);
        Assert.Equal("8001", run.Settings["Peer:Port"]);
        Assert.Equal(2, run.Settings.Count);
    }

    [Fact]
    public void Each_option_sets_its_configuration_key()
    {
        var run = Assert.IsType<CommandLine.Run>(
            CommandLine.Parse([
                "--discovery",
                "http://chat:5000",
                "user1",
                "--data=/tmp/a b",
                "--api",
                "9001",
                "--advertise",
                "h:1",
                "--accept",
                "all",
                "--no-console",
                "--no-color",
                "--ephemeral",
            ])
        );

        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["Peer:Discovery"] = "http://chat:5000",
                ["Peer:Username"] = "user1",
                ["Peer:Data"] = "/tmp/a b",
                ["Peer:Api"] = "9001",
                ["Peer:Advertise"] = "h:1",
                ["Peer:Accept"] = "all",
                ["Peer:NoConsole"] = "True",
                ["Peer:NoColor"] = "True",
                ["Peer:Ephemeral"] = "True",
            },
            run.Settings
        );
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("user1", "8001", "--help")]
    [InlineData("ctl", "--help")]
    [InlineData("completion", "--help")]
    public void Help_goes_before_all_else(params string[] arguments) =>
        Assert.IsType<CommandLine.Help>(CommandLine.Parse(arguments));

    [Fact]
    public void The_version_can_be_asked_for() => Assert.IsType<CommandLine.Version>(CommandLine.Parse(["--version"]));

    [Theory]
    [InlineData("'--wat' is not an option.", "user1", "--wat")]
    [InlineData("'--wat' is not an option.", "user1", "--wat=1")]
    [InlineData("'-x' is not an option.", "-x")]
    [InlineData("'--api' needs a value.", "user1", "--api")]
    [InlineData("'--no-console' takes no value.", "user1", "--no-console=yes")]
    [InlineData(
        "There is nothing to do with 'more': a username and a port are all that goes without an option.",
        "user1",
        "1",
        "more"
    )]
    [InlineData(
        "'ctl' needs the username, or --data and the data directory, of a peer that runs on this machine.",
        "ctl"
    )]
    [InlineData(
        "'ctl' needs the username, or --data and the data directory, of a peer that runs on this machine.",
        "ctl",
        "--data"
    )]
    [InlineData("'ctl' needs a console command, for instance 'list'.", "ctl", "user1")]
    [InlineData("'--api' is not an option of 'ctl'.", "ctl", "--api", "1")]
    [InlineData(
        "'restore' needs a backup's file, and then a username, or --data and a data directory.",
        "restore",
        "file"
    )]
    [InlineData(
        "'restore' needs a backup's file, and then a username, or --data and a data directory.",
        "restore",
        "file",
        "user1",
        "--data",
        "dir"
    )]
    [InlineData("'--data' needs a value.", "restore", "file", "--data")]
    [InlineData("'completion' needs the name of a shell: bash, zsh, fish.", "completion")]
    [InlineData("'completion' needs the name of a shell: bash, zsh, fish.", "completion", "tcsh")]
    [InlineData("'--force' is not an option of 'restore'.", "restore", "--force", "file", "user1")]
    public void What_breaks_the_grammar_is_said_in_a_sentence(string sentence, params string[] arguments) =>
        Assert.Equal(sentence, Assert.IsType<CommandLine.Invalid>(CommandLine.Parse(arguments)).Sentence);

    [Theory]
    [InlineData("file", "user1", null, null, "restore", "file", "user1")]
    [InlineData("file", null, "dir", "secret", "restore", "--passphrase-file=secret", "file", "--data", "dir")]
    public void Restore_takes_a_file_and_where_to(
        string file,
        string? username,
        string? data,
        string? passphraseFile,
        params string[] arguments
    ) => Assert.Equal(new CommandLine.Restore(file, username, data, passphraseFile), CommandLine.Parse(arguments));

    [Fact]
    public void A_shell_asks_behind_two_dashes() =>
        Assert.Equal(
            ["ctl", "--help", ""],
            Assert.IsType<CommandLine.Complete>(CommandLine.Parse(["completion", "--", "ctl", "--help", ""])).Words
        );

    [Theory]
    [InlineData("user1", null, "send bob hello  you", "ctl", "user1", "send", "bob", "hello  you")]
    [InlineData(null, "some/dir", "list", "ctl", "--data", "some/dir", "list")]
    [InlineData(null, "some/dir", "list", "ctl", "--data=some/dir", "list")]
    public void Ctl_takes_a_peer_and_a_command(
        string? username,
        string? data,
        string command,
        params string[] arguments
    ) => Assert.Equal(new CommandLine.Control(username, data, command), CommandLine.Parse(arguments));
}
