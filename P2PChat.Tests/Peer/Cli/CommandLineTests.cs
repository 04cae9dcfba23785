using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public void Username_and_port_are_positional()
    {
        var run = Assert.IsType<CommandLine.Run>(CommandLineParser.Parse(["user1", "8001"]));

        Assert.Equal("user1", run.Settings["Peer:Username"]);
        Assert.Equal("8001", run.Settings["Peer:Port"]);
        Assert.Equal(2, run.Settings.Count);
    }

    [Fact]
    public void Option_sets_its_configuration_key()
    {
        var run = Assert.IsType<CommandLine.Run>(
            CommandLineParser.Parse([
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
    public void Help_option_overrides_the_others(params string[] arguments) =>
        Assert.IsType<CommandLine.Help>(CommandLineParser.Parse(arguments));

    [Fact]
    public void Version_option_is_parsed() =>
        Assert.IsType<CommandLine.Version>(CommandLineParser.Parse(["--version"]));

    [Theory]
    [InlineData("'--wat' is not an option", "user1", "--wat")]
    [InlineData("'--wat' is not an option", "user1", "--wat=1")]
    [InlineData("'-x' is not an option", "-x")]
    [InlineData("'--api' needs a value", "user1", "--api")]
    [InlineData("'--no-console' takes no value", "user1", "--no-console=yes")]
    [InlineData("'more'", "user1", "1", "more")]
    [InlineData("'ctl' needs the username or --data", "ctl")]
    [InlineData("'ctl' needs the username or --data", "ctl", "--data")]
    [InlineData("'ctl' needs a console command", "ctl", "user1")]
    [InlineData("'--api' is not an option of 'ctl'", "ctl", "--api", "1")]
    [InlineData("'restore' needs", "restore", "file")]
    [InlineData("'restore' needs", "restore", "file", "user1", "--data", "dir")]
    [InlineData("'--data' needs a value", "restore", "file", "--data")]
    [InlineData("bash, zsh, fish", "completion")]
    [InlineData("bash, zsh, fish", "completion", "tcsh")]
    [InlineData("'--force' is not an option of 'restore'", "restore", "--force", "file", "user1")]
    public void Usage_error_names_the_problem(string fragment, params string[] arguments) =>
        Assert.Contains(
            fragment,
            Assert.IsType<CommandLine.Invalid>(CommandLineParser.Parse(arguments)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("file", "user1", null, null, "restore", "file", "user1")]
    [InlineData("file", null, "dir", "secret", "restore", "--passphrase-file=secret", "file", "--data", "dir")]
    public void Restore_takes_a_file_and_a_destination(
        string file,
        string? username,
        string? data,
        string? passphraseFile,
        params string[] arguments
    ) =>
        Assert.Equal(new CommandLine.Restore(file, username, data, passphraseFile), CommandLineParser.Parse(arguments));

    [Fact]
    public void Words_to_complete_follow_two_dashes() =>
        Assert.Equal(
            ["ctl", "--help", ""],
            Assert
                .IsType<CommandLine.Complete>(CommandLineParser.Parse(["completion", "--", "ctl", "--help", ""]))
                .Words
        );

    [Theory]
    [InlineData("user1", null, "send bob hello  you", "ctl", "user1", "send", "bob", "hello  you")]
    [InlineData(
        "user1",
        null,
        "send bob try --help -- --data x",
        "ctl",
        "user1",
        "send",
        "bob",
        "try --help -- --data x"
    )]
    [InlineData(null, "some/dir", "list", "ctl", "--data", "some/dir", "list")]
    [InlineData(null, "some/dir", "list", "ctl", "--data=some/dir", "list")]
    public void Ctl_takes_a_peer_and_a_command(
        string? username,
        string? data,
        string command,
        params string[] arguments
    ) => Assert.Equal(new CommandLine.Control(username, data, command), CommandLineParser.Parse(arguments));
}
