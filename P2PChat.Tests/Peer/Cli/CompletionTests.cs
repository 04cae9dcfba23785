using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

public sealed class CompletionTests
{
    private static readonly string[] Names = ["alice", "bob", "bobby", "echo"];

    [Theory]
    [InlineData("l", "ist ")]
    [InlineData("L", "ist ")]
    [InlineData("conn", "ect ")]
    [InlineData("connect e", "cho ")]
    [InlineData("connect b", "ob")]
    [InlineData("send al", "ice ")]
    [InlineData("help sen", "d ")]
    [InlineData("connect ", "")]
    [InlineData("xyz", "")]
    [InlineData("xyz a", "")]
    [InlineData("list a", "")]
    [InlineData("send alice e", "")]
    [InlineData("connect alice ", "")]
    public void The_tab_key_adds_what_is_certain(string before, string insert) =>
        Assert.Equal(insert, Completion.Of(before, Names).Insert);

    [Theory]
    [InlineData("connect bob", "bob bobby")]
    [InlineData("connect ", "alice bob bobby echo")]
    [InlineData("con", "connect contacts")]
    [InlineData("re", "reject requests")]
    public void What_it_may_become_is_listed(string before, string candidates) =>
        Assert.Equal(candidates.Split(' '), Completion.Of(before, Names).Candidates);
}
