using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Node.Rooms;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>States of the page that only an older version or a lot of data brings.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class RareStateTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Full_room_says_so_and_keeps_the_text_that_it_refuses()
    {
        await using var peers = await RoomPeers.StartInRoomAsync();
        _ = await peers.SayAsync(peers.Bob, "the last one");
        FullRoom.Fill(peers.Alice, peers.Room);
        await using var alice = await browser.OpenAsync(peers.Alice);

        await alice.GoAsync($"/r/{peers.Room}");
        await alice.ShowsAsync("This room is full and stores no more messages. Start a new room.");
        await alice.WriteAsync("one more");

        await alice.ShowsAsync("This room has reached a limit. Start a new room.");
        await Expect(alice.Text).ToHaveValueAsync("one more");
        await Expect(alice.Messages).ToHaveCountAsync(1);
        await _looks.CheckAsync(alice, "room-full");
        _looks.AssertNothingFound();
        Assert.Empty(alice.ScriptErrors);
    }

    [ChromiumFact]
    public async Task Timer_form_says_that_an_older_version_keeps_messages()
    {
        await using var peers = await WebPeers.StartAsync();
        using var old = new RawPeer("olga");
        await old.RegisterAsync(peers.Directory);
        using var link = await old.AskAsync(peers.Alice);
        await Eventually.True(() => peers.Alice.OpenRequests.Count == 1, PeerUnderTest.Soon, "olga asks");
        peers.Alice.Connections.Accept(old.Name);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Accept);
        _ = await link.ResumeAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);

        await alice.GoAsync("/c/olga/about");

        await alice.ShowsAsync("olga’s version of P2PChat does not support disappearing messages.");
        await _looks.CheckBrieflyAsync(alice, "timer-not-supported", "[aria-labelledby=disappearing]");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }
}
