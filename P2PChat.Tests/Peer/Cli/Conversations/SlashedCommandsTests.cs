using P2PChat.Peer.Cli.Conversations;

namespace P2PChat.Tests.Peer.Cli.Conversations;

public sealed class SlashedCommandsTests
{
    [Theory]
    [InlineData("Use 'accept bob' or 'reject bob'", "Use '/accept bob' or '/reject bob'")]
    [InlineData("There is no conversation 5. 'chats' lists them.", "There is no conversation 5. '/chats' lists them.")]
    [InlineData("\e[31mAsk dave first ('connect dave').\e[0m", "\e[31mAsk dave first ('/connect dave').\e[0m")]
    [InlineData("'send' needs a text. Usage: send <username>", "'/send' needs a text. Usage: /send <username>")]
    [InlineData("Usage: list", "Usage: /list")]
    [InlineData("Did you mean '/send'?", "Did you mean '/send'?")]
    [InlineData("'snd' is not a command, bob's list is", "'snd' is not a command, bob's list is")]
    [InlineData("the peers' list is empty, 'listing' is none", "the peers' list is empty, 'listing' is none")]
    public void Quoted_commands_begin_with_a_slash(string sentence, string expected) =>
        Assert.Equal(expected, SlashedCommands.In(sentence));
}
