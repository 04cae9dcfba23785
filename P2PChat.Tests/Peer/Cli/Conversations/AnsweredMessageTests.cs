using P2PChat.Protocol.Wire;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli.Conversations;

/// <summary>A message that is sent outside a conversation answers those before it, and no later ones.</summary>
public sealed class AnsweredMessageTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Reply_that_arrives_during_a_send_stays_unread()
    {
        using var data = new TempDirectory();
        using var bob = new RawPeer("bob");
        await bob.RegisterAsync(directory);
        await using var terminal = new PseudoTerminal(
            ["ann", "--discovery", directory.Address, "--data", Path.Combine(data.Path, "ann")],
            100
        );
        await terminal.ShowsPromptAsync("ann>");
        await terminal.TypeAsync("connect bob\r");
        using var link = await bob.AcceptCallAsync();
        await link.SendHelloAsync(bob.Name);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Request);
        await link.SendAsync(new Frame { Accept = new Accept() });
        _ = await link.ResumeAsync();
        await link.SendMessageAsync(RawLink.Epoch, 1, "before");
        await ShowsAsync(terminal, "[1] bob 1");

        await terminal.TypeAsync("send bob hello\r");
        var sent = (await link.ExpectAsync(Frame.BodyOneofCase.Message)).Message;
        await link.SendMessageAsync(RawLink.Epoch, 2, "meanwhile");
        await terminal.ShowsAsync(
            screen => screen.Lines.Any(line => line.Contains("bob: meanwhile", StringComparison.Ordinal)),
            "the reply is shown before the message is confirmed"
        );
        await link.SendAsync(
            new Frame
            {
                Ack = new Ack { Epoch = sent.Epoch, Next = sent.Sequence + 1 },
            }
        );

        await ShowsAsync(terminal, "[1] bob 1 · to bob: delivered");
    }

    private static Task ShowsAsync(PseudoTerminal terminal, string status) =>
        terminal.ShowsAsync(
            screen => screen.StatusLine?.EndsWith(status, StringComparison.Ordinal) == true,
            $"the status row ends with '{status}'"
        );
}
