using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

public sealed class CompletionTests
{
    private static readonly string[] Names = ["alice", "bob", "bobby", "echo"];

    [Theory]
    [InlineData("/hist", "ory ")]
    [InlineData("/connect e", "cho ")]
    [InlineData("@e", "cho ")]
    [InlineData("@b", "ob")]
    [InlineData("hist", "")]
    [InlineData("history e", "")]
    [InlineData("@echo a", "")]
    public void Tab_in_a_conversation_completes_commands_and_recipients(string before, string insert)
    {
        Assert.Equal(insert, Completion.Find(before, Names, isInConversation: true).Insert);
        Assert.Equal(before.Contains(' ') || before[0] == '@', Completion.NeedsNames(before));
    }

    [Theory]
    [InlineData("l", "ist ")]
    [InlineData("L", "ist ")]
    [InlineData("conn", "ect ")]
    [InlineData("connect e", "cho ")]
    [InlineData("connect b", "ob")]
    [InlineData("send al", "ice ")]
    [InlineData("help sea", "rch ")]
    [InlineData("help sen", "d")]
    [InlineData("connect ", "")]
    [InlineData("xyz", "")]
    [InlineData("xyz a", "")]
    [InlineData("list a", "")]
    [InlineData("send alice e", "")]
    [InlineData("connect alice ", "")]
    public void Tab_inserts_the_unambiguous_part(string before, string insert) =>
        Assert.Equal(insert, Completion.Find(before, Names).Insert);

    [Theory]
    [InlineData("connect bob", "bob bobby")]
    [InlineData("connect ", "alice bob bobby echo")]
    [InlineData("con", "connect contacts")]
    [InlineData("re", "react reject reply requests reveal revoke")]
    public void Tab_lists_several_candidates(string before, string candidates) =>
        Assert.Equal(candidates.Split(' '), Completion.Find(before, Names).Candidates);
}
