using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Services;

public sealed class EchoBotTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Echo_bot_accepts_everyone_and_returns_each_message()
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
    public async Task Two_echo_bots_do_not_echo_forever()
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

        // A second echo of the first message would lie between the two.
        Assert.Equal(
            ["first", "second"],
            two.Messages.Page(one.Name, null, null, 10)
                .Messages.Where(message => message.From == one.Name)
                .Select(message => message.Text)
        );
    }
}
