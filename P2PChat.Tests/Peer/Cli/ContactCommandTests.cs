using P2PChat.Node.Backup;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The commands for contacts and the backup, through ctl and a pipe.</summary>
public sealed class ContactCommandTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task Contacts_are_named_verified_blocked_and_listed_through_ctl()
    {
        await using var ann = await TestPeer.StartAsync("ann", peers.Directory.Url);
        await ann.RegisteredAsync();
        var echo = peers.Echo.Status.PeerId;
        var digits = SafetyNumber.Of(ann.Status.PeerId, echo);

        Assert.Equal(
            (0, "You know nobody yet: who connects with you is remembered.\n", ""),
            await RunAsync(ann, "contacts")
        );
        Assert.Equal((1, "", "echo is not a contact. Use 'connect echo' first.\n"), await RunAsync(ann, "safety echo"));
        Assert.Equal((0, "* connected to echo\n", ""), await RunAsync(ann, "connect echo"));
        Assert.Equal((0, "", ""), await RunAsync(ann, "nickname echo the  parrot"));

        var (_, safety, _) = await RunAsync(ann, "safety echo");
        Assert.Equal(digits, string.Join(' ', safety.Split('\n').Take(3).Select(line => line.Trim())));
        Assert.Contains(
            string.Join('\n', QrText.Draw(SafetyNumber.QrText(echo, ann.Status.PeerId))),
            safety,
            StringComparison.Ordinal
        );
        Assert.EndsWith(
            "If echo sees the same, nobody is between you: then 'verify echo' with the digits that echo reads out.\n",
            safety,
            StringComparison.Ordinal
        );

        var (differs, _, complaint) = await RunAsync(ann, $"verify echo {new string('0', 60)}");
        Assert.Equal(1, differs);
        Assert.StartsWith("THEY DIFFER: ", complaint, StringComparison.Ordinal);
        Assert.Equal(
            (1, "", "That is not a safety number. Give all 60 digits, in twelve groups of five.\n"),
            await RunAsync(ann, "verify echo 12345")
        );
        Assert.Equal((0, "echo  \"the  parrot\"  not verified\n", ""), await RunAsync(ann, "contacts"));
        Assert.Equal(
            (0, "The same: nobody is between you and echo, who is now marked as verified.\n", ""),
            await RunAsync(ann, $"verify echo {digits}")
        );

        Assert.Equal((0, "echo is blocked, and is not told.\n", ""), await RunAsync(ann, "block echo"));
        Assert.Equal((0, "echo  \"the  parrot\"  verified  blocked\n", ""), await RunAsync(ann, "contacts"));
        Assert.Equal((1, "", "echo is blocked. Use 'unblock echo' first.\n"), await RunAsync(ann, "connect echo"));
        Assert.Equal((0, "echo is no longer blocked.\n", ""), await RunAsync(ann, "unblock echo"));
        Assert.Equal(
            (1, "", "echo is not blocked. Use 'contacts' to see who is.\n"),
            await RunAsync(ann, "unblock echo")
        );
        Assert.Equal((0, "", ""), await RunAsync(ann, "nickname echo -"));
        Assert.Equal((0, "echo  verified\n", ""), await RunAsync(ann, "contacts"));
    }

    [Fact]
    public async Task A_backup_is_written_through_ctl_with_the_passphrase_from_a_file_or_from_its_input()
    {
        using var temp = new TempDirectory();
        await using var ben = await TestPeer.StartAsync("ben", peers.Directory.Url);
        await ben.RegisteredAsync();
        var (secret, file) = (Path.Combine(temp.Path, "secret"), Path.Combine(temp.Path, "a backup"));
        await File.WriteAllTextAsync(secret, "correct horse\n");

        Assert.Equal(
            (0, $"* the backup is in {file}: without the passphrase nobody can restore it, you neither\n", ""),
            await RunAsync(ben, $"backup --passphrase-file {secret} {file}")
        );
        Assert.Equal(
            (1, "", $"{file} is there already: name another file, or say --force to replace it.\n"),
            await RunAsync(ben, $"backup --passphrase-file {secret} {file}")
        );

        var (exitCode, _, errors) = await PeerProgram.RunAsync(
            "correct house\n",
            "ctl",
            "--data",
            ben.Data,
            "backup",
            "--force",
            file
        );
        Assert.Equal((0, ""), (exitCode, errors));
        using var opened = File.OpenRead(file);
        Assert.Equal(32, BackupHeader.Read(opened).Key("correct house").Length);
    }

    [Fact]
    public async Task A_script_gives_the_passphrase_on_the_line_after_the_command_and_it_is_printed_nowhere()
    {
        using var temp = new TempDirectory();
        var file = Path.Combine(temp.Path, "backup");
        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            $"backup {file}\ncorrect horse\nstatus\nexit\n",
            peers.Arguments("cid")
        );
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains($"* the backup is in {file}", output, StringComparison.Ordinal);
        Assert.Contains("username   cid", output, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", output, StringComparison.Ordinal);
        using var opened = File.OpenRead(file);
        Assert.Equal(32, BackupHeader.Read(opened).Key("correct horse").Length);
    }

    [Theory]
    [InlineData("backup", "'backup' needs a file to write to: backup <file>\n")]
    [InlineData("backup --fast x", "'--fast' is not an option of 'backup': backup <file>\n")]
    [InlineData("verify echo", "'verify' needs the digits after the username: verify <username> <digits>\n")]
    [InlineData("nickname echo", "'nickname' needs a nickname after the username: nickname <username> <name|->\n")]
    [InlineData("block", "'block' needs a username: block <username>\n")]
    public async Task What_is_missing_is_said(string command, string sentence) =>
        Assert.Equal((2, "", sentence), await RunAsync(peers.Echo, command));

    [Fact]
    public void A_passphrase_that_is_typed_can_be_mended_and_given_up()
    {
        var line = new HiddenLine();
        foreach (var c in "abc\b\bd")
        {
            Assert.False(
                line.Press(new ConsoleKeyInfo(c, c == '\b' ? ConsoleKey.Backspace : ConsoleKey.A, false, false, false))
            );
        }

        Assert.True(line.Press(new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false)));
        Assert.Equal("ad", line.Text);
        Assert.True(line.Press(new ConsoleKeyInfo('\e', ConsoleKey.Escape, false, false, false)));
        Assert.Null(line.Text);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(TestPeer peer, string command)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var exitCode = await ControlProgram
            .RunAsync(new CommandLine.Control(null, peer.Data, command), output, errors, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60));
        return (exitCode, output.ToString(), errors.ToString());
    }
}
