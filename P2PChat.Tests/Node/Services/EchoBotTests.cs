using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Services;

public sealed class EchoBotTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task An_echo_bot_accepts_everybody_and_sends_back_what_it_is_sent()
    {
        await using var echo = await PeerUnderTest.StartAsync(directory, "echo", options => options.Bot = BotKind.Echo);
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await alice.ConnectAsync(echo);

        foreach (var text in new[] { "hello", "hello", "again" })
        {
            alice.Messages.Send(echo.Name, text);
            Assert.Equal(text, (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }
    }

    [Fact]
    public async Task Two_echo_bots_do_not_talk_for_ever()
    {
        await using var one = await PeerUnderTest.StartAsync(directory, "echo-one", options =>
            options.Bot = BotKind.Echo
        );
        await using var two = await PeerUnderTest.StartAsync(directory, "echo-two", options =>
            options.Bot = BotKind.Echo
        );
        await one.ConnectAsync(two);

        one.Messages.Send(two.Name, "first");
        Assert.Equal("first", (await one.Expect<PeerEvent.MessageReceived>()).Message.Text);
        one.Messages.Send(two.Name, "second");
        Assert.Equal("second", (await one.Expect<PeerEvent.MessageReceived>()).Message.Text);

        // Had the first been sent back once more, it would lie between the two.
        Assert.Equal(
            ["first", "second"],
            two.Messages.Page(one.Name, null, null, 10)
                .Messages.Where(message => message.From == one.Name)
                .Select(message => message.Text)
        );
    }
}
