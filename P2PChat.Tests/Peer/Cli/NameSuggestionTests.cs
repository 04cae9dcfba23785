using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

public sealed class NameSuggestionTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task Mistyped_words_are_answered_with_a_suggestion()
    {
        await using var sue = await TestPeer.StartAsync("sue", peers.Directory.Url);
        await sue.RegisteredAsync();

        foreach (
            var (command, exitCode, answer) in (IEnumerable<(string, int, string)>)
                [
                    ("connect ecoh", 1, "There is no peer named ecoh. Did you mean 'echo'?"),
                    ("send ecoh hello", 1, "You are not connected to ecoh. Did you mean 'echo'?"),
                    // It is the right name, so only the reason helps.
                    ("send echo hello", 1, "'connect echo'"),
                    ("snd echo hello", 2, "'snd' is not a command. Did you mean 'send'?"),
                    ("chat echo", 2, "Conversations and rooms open only at the prompt of"),
                ]
        )
        {
            await Ctl.FailsAsync(sue.Data, command, exitCode, answer);
        }
    }
}
