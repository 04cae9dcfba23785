using System.Text.Json;
using System.Threading.Channels;
using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The commands for invites, through ctl and the runner.</summary>
public sealed class InviteCommandTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task Friend_joins_by_the_link_that_ctl_prints()
    {
        await using var alice = await TestPeer.StartAsync("alice", peers.Directory.Url);
        await using var bob = await TestPeer.StartAsync("bob", peers.Directory.Url);
        await alice.RegisteredAsync();
        await bob.RegisteredAsync();
        Assert.Equal(
            (0, "You have made no invites. Use 'invite' to make one.\n", ""),
            await Ctl.RunAsync(alice, "invites")
        );

        var (made, output, _) = await Ctl.RunAsync(alice, "invite --days 2");
        Assert.Equal(0, made);
        Assert.Contains("* This link works on this machine only.", output, StringComparison.Ordinal);
        Assert.Contains("p2pchat join <link> <name>", output, StringComparison.Ordinal);
        var link = output.Split('\n').Single(line => line.StartsWith("http", StringComparison.Ordinal));
        Assert.Equal(InviteLinkError.None, InviteLink.TryParse(link, out var parsed));
        Assert.EndsWith(
            string.Join('\n', QrText.DrawCompact(parsed!.QrText!)) + "\n",
            output,
            StringComparison.Ordinal
        );

        await Ctl.FailsAsync(alice.Data, $"connect {link} --yes", 1, "your own invite");
        await Ctl.FailsAsync(bob.Data, $"connect {link[..^1]} --yes", 2, "cut off or altered");
        var directory = new Uri(peers.Directory.Url).GetLeftPart(UriPartial.Authority);
        await Ctl.FailsAsync(
            bob.Data,
            $"connect {link}",
            1,
            $"from alice (key {alice.Status.PeerId.Short}), on the directory {directory}"
        );
        Assert.Equal((0, "* connected to alice\n", ""), await Ctl.RunAsync(bob, $"connect {link} --yes"));
        Assert.Equal((0, "alice  verified by invite  connected (direct)\n", ""), await Ctl.RunAsync(bob, "contacts"));
        Assert.Equal(
            (0, "bob  verified by invite  joined by your invite  connected (direct)\n", ""),
            await Ctl.RunAsync(alice, "contacts")
        );
        Assert.Contains(
            "verified by invite",
            (await Ctl.RunAsync(bob, "safety alice")).Output,
            StringComparison.Ordinal
        );

        var id = InviteSecret.ShortIdOf(parsed.Secret.Id.Span);
        Assert.Equal((0, $"{id}  used  joined: bob\n", ""), await Ctl.RunAsync(alice, "invites"));
        // Repeating it is no error.
        Assert.Equal(
            (0, "* you are already connected to alice, who is now verified by invite\n", ""),
            await Ctl.RunAsync(bob, $"connect {link} --yes")
        );
    }

    [Fact]
    public async Task Invites_are_listed_as_json_and_revoked()
    {
        await using var ann = await TestPeer.StartAsync("ann", peers.Directory.Url);
        var (_, output, _) = await Ctl.RunAsync(ann, "invite --uses 3 --json");
        var made = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            ("open", 3, 0, true),
            (
                made.GetProperty("state").GetString(),
                made.GetProperty("uses").GetInt32(),
                made.GetProperty("used").GetInt32(),
                made.GetProperty("localNetworkOnly").GetBoolean()
            )
        );
        var id = made.GetProperty("id").GetString()!;
        Assert.StartsWith($"{id}  open until ", (await Ctl.RunAsync(ann, "invites")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await Ctl.RunAsync(ann, $"revoke {id.ToLowerInvariant()}")).ExitCode);
        Assert.Equal((0, $"{id}  revoked\n", ""), await Ctl.RunAsync(ann, "invites"));
        await Ctl.FailsAsync(ann.Data, "revoke NOTHING2", 1, "There is no invite NOTHING2");
        var listed = JsonDocument.Parse((await Ctl.RunAsync(ann, "invites --json")).Output).RootElement;
        Assert.Equal(JsonValueKind.Null, listed.GetProperty("invites")[0].GetProperty("link").ValueKind);
    }

    [Fact]
    public async Task Link_is_used_only_after_the_user_has_agreed()
    {
        var (peer, printed) = (new ScriptedPeer(), new List<string>());
        var link = new InviteLink(
            new Uri("https://chat.example.org"),
            Username.Parse("alice"),
            PeerId.FromHash(new byte[PeerId.Size]),
            InviteSecret.New()
        );
        var answer = false;
        var question = "";
        var pump = new EventPump(_ => { });
        var events = Channel.CreateUnbounded<ApiEvent>();
        var pumping = pump.RunAsync(events.Reader.ReadAllAsync());
        var runner = new CommandRunner(
            new CommandContext
            {
                Peer = peer,
                Events = pump,
                TimeProvider = TimeProvider.System,
                Print = printed.Add,
                PrintError = printed.Add,
                Waits = false,
                Confirm = (asked, _) =>
                {
                    question = asked;
                    return Task.FromResult(answer);
                },
            }
        );
        var command = CommandParser.Parse($"connect {link}")!;
        // A log of commands must not have the secret.
        Assert.DoesNotContain(link.ToString()[^30..], command.ToString()!, StringComparison.Ordinal);

        Assert.Equal(CommandResult.Failed, await runner.RunAsync(command, CancellationToken.None));
        Assert.Equal($"Connect to alice (key {link.Key.Short}) on the directory https://chat.example.org?", question);
        Assert.Empty(peer.Links);
        Assert.Equal(["The invite was not used."], printed);

        answer = true;
        Assert.Equal(CommandResult.Done, await runner.RunAsync(command, CancellationToken.None));
        Assert.Equal([link.ToString()], peer.Links);
        Assert.Contains("alice is verified by invite, but away", printed[^1], StringComparison.Ordinal);
        events.Writer.Complete();
        await pumping;
    }

    [Fact]
    public void Qr_code_of_the_longest_content_fits_a_terminal_of_80_by_24()
    {
        var content = $"P2PCHAT:INVITE:HTTPS://{new string('A', InviteLink.MaxQrLength)}"[..InviteLink.MaxQrLength];
        var lines = QrText.DrawCompact(content);
        Assert.Equal(21, lines.Count);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
    }
}
