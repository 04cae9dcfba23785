using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Members of a room who are not contacts of each other.</summary>
public sealed class AcquaintanceTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Members_who_are_not_contacts_talk_for_the_room_only()
    {
        using var data = new TempDirectory();
        await using var owner = await StartAsync("owner", data);
        await using var one = await StartAsync("one", data);
        await using var two = await StartAsync("two", data);
        await owner.ConnectAsync(one);
        await owner.ConnectAsync(two);
        _ = await owner.Rooms.CreateAsync("mixed", history: 0);
        foreach (var peer in new[] { one, two })
        {
            await owner.Rooms.InviteAsync("mixed", peer.Name);
            await RoomGroup.InvitedAsync("mixed", peer);
            await peer.Rooms.JoinAsync("mixed");
        }

        await Eventually.True(
            () => Knows(one, two) && Knows(two, one),
            PeerUnderTest.Soon,
            "the two are connected for the room"
        );
        _ = await one.RoomMessages.SendAsync("mixed", "to all");
        await Eventually.True(() => Texts(two).SequenceEqual(["to all"]), PeerUnderTest.Soon, "it has arrived");
        await two.Expect<PeerEvent.RoomMessageReceived>();

        Assert.DoesNotContain(one.Messages.Conversations, conversation => conversation.With == two.Name);
        Assert.DoesNotContain(one.Contacts.All, contact => contact.Name == two.Name);
        var refusal = await Assert.ThrowsAsync<PeerException>(() => one.Messages.SendAsync(two.Name, "hi"));
        Assert.Equal(PeerError.NotConnected, refusal.Error);
        Assert.DoesNotContain(two.Rest(), @event =>
            @event is PeerEvent.Request { From.Value: "one" } or PeerEvent.Connected { With.Value: "one" }
        );

        // They become contacts like others, and stay in the room.
        await one.ConnectAsync(two);
        _ = one.Messages.Send(two.Name, "hi");
        Assert.Equal("hi", (await two.Expect<PeerEvent.MessageReceived>()).Message.Text);
        _ = await two.RoomMessages.SendAsync("mixed", "still here");
        await Eventually.True(() => Texts(one).Count == 2, PeerUnderTest.Soon, "the room goes on");
    }

    private static bool Knows(PeerUnderTest one, PeerUnderTest other) =>
        one.Rooms.MembersOf("mixed").Any(member => member.Person.Key == other.Id && member.IsConnected);

    private static IReadOnlyList<string> Texts(PeerUnderTest peer) =>
        [.. peer.RoomMessages.Page("mixed", null, null, 10).Messages.Select(message => message.Text)];

    private Task<PeerUnderTest> StartAsync(string name, TempDirectory data) =>
        PeerUnderTest.StartAsync(directory, name, options =>
        {
            (options.Ephemeral, options.Data) = (false, Path.Combine(data.Path, name));
            (options.Reconnect, options.ReconnectAfter) = (true, TimeSpan.FromMilliseconds(200));
        });
}
