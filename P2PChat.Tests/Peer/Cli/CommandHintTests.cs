using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The console's addition to the sentences of the peer, which name no commands.</summary>
public sealed class CommandHintTests
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly PeerId Key = PeerId.FromPublicKey("key"u8);

    [Fact]
    public void Refusal_ends_with_the_command_that_helps()
    {
        var blocked = new PeerException(PeerError.Blocked, "bob is blocked. Unblock bob first.");
        var changed = new PeerException(PeerError.KeyChanged, "bob's key has changed.") { OtherKey = Key };
        var full = new PeerException(PeerError.StoreFailed, "The disk is full.");

        Assert.Equal(
            "bob is blocked. Unblock bob first ('unblock bob').",
            CommandHint.Of(blocked, new ConsoleCommand.Connect(Bob))
        );
        Assert.Equal(
            $"bob's key has changed ('trust bob {Key.Short}').",
            CommandHint.Of(changed, new ConsoleCommand.Connect(Bob))
        );
        Assert.Equal("The disk is full.", CommandHint.Of(full, new ConsoleCommand.Connect(Bob)));
    }

    [Fact]
    public void Hint_names_the_person_who_gets_the_message_or_the_invitation()
    {
        const string Sentence = "You are not connected to zed. Ask zed to connect first.";
        const string Hinted = "You are not connected to zed. Ask zed to connect first ('connect zed').";
        foreach (var line in (string[])["forward bob 1 zed", "forward #plans 1 zed", "room invite #plans zed"])
        {
            Assert.Equal(Hinted, CommandHint.Of(Sentence, ProblemTypes.NotConnected, CommandParser.Parse(line)!));
        }
    }

    [Fact]
    public void Id_of_both_sides_is_refused_with_what_can_be_typed()
    {
        var info = new ConsoleCommand.Info(Bob, new MessageChoice(Guid.Empty, 0));

        Assert.Equal(
            "Two messages have this id, one from each side. Type 'yours:' or 'theirs:' in front of it.",
            CommandHint.Of(new PeerException(PeerError.AmbiguousMessage, "Say which one with 'yours'."), info)
        );
        Assert.Equal(
            new MessageChoice(Guid.Empty, 0, Yours: false),
            Assert.IsType<ConsoleCommand.Info>(CommandParser.Parse($"info bob Theirs:{Guid.Empty}")).Choice
        );
        Assert.IsType<ConsoleCommand.Invalid>(CommandParser.Parse("info bob yours:1"));
    }

    [Fact]
    public void Refusal_of_another_process_has_the_same_hint()
    {
        var history = new ConsoleCommand.Json(new ConsoleCommand.History(Bob, 10));

        Assert.Equal(
            "There is no conversation with bob ('connect bob').",
            CommandHint.Of("There is no conversation with bob.", ProblemTypes.UnknownPeer, history)
        );
        Assert.Equal(
            "There is no peer named bob ('list' shows all peers).",
            CommandHint.Of("There is no peer named bob.", ProblemTypes.UnknownPeer, new ConsoleCommand.Connect(Bob))
        );
        Assert.Equal("It failed.", CommandHint.Of("It failed.", problemType: null, history));
    }
}
