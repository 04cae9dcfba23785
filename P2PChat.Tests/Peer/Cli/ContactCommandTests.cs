using P2PChat.Node.Backup;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The commands for contacts and the backup, through ctl and a pipe.</summary>
public sealed class ContactCommandTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task Contacts_are_listed_named_verified_and_blocked()
    {
        await using var ann = await TestPeer.StartAsync("ann", peers.Directory.Url);
        await ann.RegisteredAsync();
        var echo = peers.Echo.Status.PeerId;
        var digits = SafetyNumber.Of(ann.Status.PeerId, echo);

        Assert.DoesNotContain("echo", (await Ctl.RunAsync(ann, "contacts")).Output, StringComparison.Ordinal);
        await Ctl.FailsAsync(ann.Data, "safety echo", 1, "'connect echo'");
        Assert.Equal((0, "* connected to echo\n", ""), await Ctl.RunAsync(ann, "connect echo"));
        Assert.Equal(
            (0, "echo has the nickname \"the  parrot\", which only you see.\n", ""),
            await Ctl.RunAsync(ann, "nickname echo the  parrot")
        );

        var (_, safety, _) = await Ctl.RunAsync(ann, "safety echo");
        Assert.Equal(digits, string.Join(' ', safety.Split('\n').Take(3).Select(line => line.Trim())));
        Assert.Contains(
            string.Join('\n', QrText.Draw(SafetyNumber.QrText(echo, ann.Status.PeerId))),
            safety,
            StringComparison.Ordinal
        );
        Assert.Contains("'verify echo'", safety, StringComparison.Ordinal);

        await Ctl.FailsAsync(ann.Data, $"verify echo {new string('0', 60)}", 1, "DO NOT MATCH");
        await Ctl.FailsAsync(ann.Data, "verify echo 12345", 1, "60 digits");
        Assert.Equal(
            (0, "echo  \"the  parrot\"  not verified  connected (direct)\n", ""),
            await Ctl.RunAsync(ann, "contacts")
        );
        Assert.Equal(0, (await Ctl.RunAsync(ann, $"verify echo {digits}")).ExitCode);

        (string Command, string Flag, bool Value)[] marks =
        [
            ("mute", "muted", true),
            ("pin", "pinned", true),
            ("archive", "archived", true),
            ("unmute", "muted", false),
            ("unpin", "pinned", false),
            ("unarchive", "archived", false),
        ];
        foreach (var (command, flag, value) in marks)
        {
            var (exitCode, said, _) = await Ctl.RunAsync(ann, $"{command} echo");
            Assert.Equal(0, exitCode);
            Assert.Contains(
                "echo is" + (value ? "" : " no longer"),
                said.Replace("The conversation with ", "", StringComparison.Ordinal),
                StringComparison.Ordinal
            );
            var chat = (await ann.GetJsonAsync("/api/conversations")).GetProperty("conversations")[0];
            Assert.Equal(value, chat.GetProperty(flag).GetBoolean());
        }

        foreach (var value in new[] { "on", "off", "default" })
        {
            Assert.Equal(0, (await Ctl.RunAsync(ann, $"auto-accept echo {value}")).ExitCode);
            var chat = (await ann.GetJsonAsync("/api/conversations")).GetProperty("conversations")[0];
            var shown = chat.TryGetProperty("acceptFiles", out var accepts) ? accepts.GetString() : "default";
            Assert.Equal(value, shown);
        }

        await Ctl.FailsAsync(ann.Data, "auto-accept nobody on", 1, "no conversation with nobody");
        await Ctl.FailsAsync(ann.Data, "mute nobody", 1, "no conversation with nobody");

        Assert.Equal(0, (await Ctl.RunAsync(ann, "block echo")).ExitCode);
        Assert.Equal((0, "echo  \"the  parrot\"  verified  blocked\n", ""), await Ctl.RunAsync(ann, "contacts"));
        await Ctl.FailsAsync(ann.Data, "connect echo", 1, "'unblock echo'");
        Assert.Equal(0, (await Ctl.RunAsync(ann, "unblock echo")).ExitCode);
        await Ctl.FailsAsync(ann.Data, "unblock echo", 1, "echo is not blocked");
        Assert.Equal((0, "echo has no nickname now.\n", ""), await Ctl.RunAsync(ann, "nickname echo -"));
        Assert.Equal((0, "echo  verified\n", ""), await Ctl.RunAsync(ann, "contacts"));
    }

    [Fact]
    public async Task Ctl_reads_the_backup_passphrase_from_a_file_or_from_its_input()
    {
        using var temp = new TempDirectory();
        await using var ben = await TestPeer.StartAsync("ben", peers.Directory.Url);
        await ben.RegisteredAsync();
        var (secret, file) = (Path.Combine(temp.Path, "secret"), Path.Combine(temp.Path, "a backup"));
        await File.WriteAllTextAsync(secret, "correct horse\n");

        var (written, output, _) = await Ctl.RunAsync(ben, $"backup --passphrase-file {secret} {file}");
        Assert.Equal(0, written);
        Assert.StartsWith($"* the backup is in {file}", output, StringComparison.Ordinal);
        await Ctl.FailsAsync(ben.Data, $"backup --passphrase-file {secret} {file}", 1, "--force");

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
    public async Task Script_gives_the_passphrase_on_the_next_line_and_it_is_not_printed()
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
    [InlineData("backup", "backup <file>")]
    [InlineData("backup --fast x", "--fast")]
    [InlineData("verify echo", "verify <username> <digits>")]
    [InlineData("nickname echo", "nickname <username> <name|->")]
    [InlineData("block", "block <username>")]
    public Task Missing_argument_is_a_usage_error(string command, string fragment) =>
        Ctl.FailsAsync(peers.Echo.Data, command, 2, fragment);

    [Fact]
    public void Typed_passphrase_can_be_corrected_and_cancelled()
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
}
