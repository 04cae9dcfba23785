using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class CompletionTests
{
    private static readonly string[] Names = ["#plans", "#walks", "alice", "bob", "bobby", "echo"];

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
        Assert.Equal(insert, Completion.Find(before, Names, new ChatKey.Contact(Username.Parse("bob"))).Insert);
        Assert.Equal(before.Contains(' ') || before[0] == '@', Completion.NeedsNames(before));
    }

    [Theory]
    [InlineData("/room invite e", "cho ")]
    [InlineData("/room members #p", "lans ")]
    [InlineData("/room leave e", "")]
    [InlineData("/forward 1 e", "cho ")]
    [InlineData("@#p", "")]
    public void Tab_in_a_room_completes_what_can_be_left_out(string before, string insert) =>
        Assert.Equal(insert, Completion.Find(before, Names, new ChatKey.Room(new string('a', 64))).Insert);

    [Theory]
    [InlineData("#p", "")]
    [InlineData("#w", "alk-")]
    public void Tab_inserts_no_half_of_a_character(string typed, string insert) =>
        Assert.Equal(insert, Completion.Find($"chat {typed}", ["#p😀", "#p😁", "#walk-😀", "#walk-😁"]).Insert);

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
    [InlineData("send #p", "lans ")]
    [InlineData("history #", "")]
    [InlineData("connect #p", "")]
    [InlineData("forward bob 1 #w", "alks ")]
    [InlineData("room inv", "ite ")]
    [InlineData("room invite #pl", "ans ")]
    [InlineData("room invite #plans e", "cho ")]
    [InlineData("room role #plans echo mo", "derator ")]
    [InlineData("room notify #plans a", "ll ")]
    [InlineData("room delete --force #w", "alks ")]
    [InlineData("room new #p", "")]
    public void Tab_inserts_the_unambiguous_part(string before, string insert) =>
        Assert.Equal(insert, Completion.Find(before, Names).Insert);

    [Theory]
    [InlineData("connect bob", "bob bobby")]
    [InlineData("connect ", "alice bob bobby echo")]
    [InlineData("send ", "#plans #walks alice bob bobby echo")]
    [InlineData("room members ", "#plans #walks")]
    [InlineData("con", "connect contacts")]
    [InlineData("re", "react reject reply requests reveal revoke")]
    public void Tab_lists_several_candidates(string before, string candidates) =>
        Assert.Equal(candidates.Split(' '), Completion.Find(before, Names).Candidates);
}
