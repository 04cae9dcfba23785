using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

public sealed class EventStreamTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    private static readonly Username Carol = Username.Parse("carol");
    private static readonly PeerId Key = PeerId.FromPublicKey("carol"u8);

    [Fact]
    public async Task Event_has_its_type_and_data()
    {
        var at = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var id = Guid.Parse("0198c0a0-0000-7000-8000-000000000000");
        await using var events = await EventReader.OpenAsync(peers.Alice.Http);
        PeerEvent[] all =
        [
            new PeerEvent.Request(Carol, Key),
            new PeerEvent.RequestWithdrawn(Carol),
            new PeerEvent.Connected(Carol),
            new PeerEvent.Disconnected(Carol, DisconnectReason.WentOffline),
            new PeerEvent.MessageReceived(new Message(id, 1, Carol, Carol, "a\nb", at, MessageState.Received)),
            new PeerEvent.Receipt(Carol, id, MessageState.Delivered),
            new PeerEvent.KeyChanged(Carol, Key),
            new PeerEvent.NameClaimed(Carol, Key),
            new PeerEvent.DirectoryChanged(DirectoryState.Unreachable, "It is away."),
        ];
        foreach (var @event in all)
        {
            peers.Alice.Events.Add(@event);
        }

        var seen = new List<string>();
        for (var i = 0; i < all.Length; i++)
        {
            var item = await events.NextAsync();
            seen.Add($"{item.EventType} {item.Data}");
        }

        Assert.Equal(
            [
                $$"""request {"username":"carol","peerId":"{{Key}}"}""",
                """request-withdrawn {"username":"carol"}""",
                """connected {"username":"carol"}""",
                """disconnected {"username":"carol","reason":"went-offline"}""",
                $$"""message {"id":"{{id}}","from":"carol","text":"a\nb","""
                    + "\"sentAt\":\"2030-01-02T03:04:05+00:00\",\"state\":\"received\"}",
                """receipt {"username":"carol","id":"0198c0a0-0000-7000-8000-000000000000","state":"delivered"}""",
                $$"""key-changed {"username":"carol","peerId":"{{Key}}"}""",
                $$"""name-claimed {"username":"carol","peerId":"{{Key}}"}""",
                """directory {"state":"unreachable","detail":"It is away."}""",
            ],
            seen
        );
    }

    [Fact]
    public async Task Resumed_stream_neither_skips_nor_repeats_events()
    {
        string lastId;
        await using (var events = await EventReader.OpenAsync(peers.Alice.Http))
        {
            Add("first");
            Assert.Equal($$"""{"username":"first","peerId":"{{Key}}"}""", await events.NextAsync("request"));
            lastId = events.LastId;
        }

        Add("second");
        Add("third");

        await using var again = await EventReader.OpenAsync(peers.Alice.Http, lastId);
        Assert.Equal($$"""{"username":"second","peerId":"{{Key}}"}""", (await again.NextAsync()).Data);
        Assert.Equal($$"""{"username":"third","peerId":"{{Key}}"}""", (await again.NextAsync()).Data);
    }

    [Fact]
    public async Task Stream_without_an_id_starts_at_the_present()
    {
        Add("before");
        await using var events = await EventReader.OpenAsync(peers.Alice.Http);
        Add("after");

        Assert.Equal($$"""{"username":"after","peerId":"{{Key}}"}""", (await events.NextAsync()).Data);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("deadbeef.1")]
    [InlineData("LIFE.")]
    [InlineData("LIFE.-1")]
    [InlineData("LIFE.999999999")]
    [InlineData("LIFE.99999999999999999999")]
    public async Task Unknown_event_id_causes_a_reset(string id)
    {
        Add("before");
        await using (var first = await EventReader.OpenAsync(peers.Alice.Http))
        {
            Add("now");
            _ = await first.NextAsync();
            id = id.Replace("LIFE", first.LastId.Split('.')[0], StringComparison.Ordinal);
        }

        await using var events = await EventReader.OpenAsync(peers.Alice.Http, id);
        Assert.Equal("reset", (await events.NextAsync()).EventType);
        Add("after");
        Assert.Equal($$"""{"username":"after","peerId":"{{Key}}"}""", (await events.NextAsync()).Data);
    }

    [Fact]
    public async Task Event_id_that_is_too_old_causes_a_reset()
    {
        await using var busy = await TestPeer.StartAsync("busy", peers.Directory.Url);
        string firstId;
        await using (var events = await EventReader.OpenAsync(busy.Http))
        {
            busy.Events.Add(new PeerEvent.Request(Carol, Key));
            _ = await events.NextAsync("request");
            firstId = events.LastId;
        }

        for (var i = 0; i < 5000; i++)
        {
            busy.Events.Add(new PeerEvent.Request(Carol, Key));
        }

        await using var again = await EventReader.OpenAsync(busy.Http, firstId);
        Assert.Equal("reset", (await again.NextAsync()).EventType);
    }

    [Fact]
    public async Task Quiet_stream_sends_heartbeats()
    {
        await using var quiet = await TestPeer.StartAsync(
            "quiet",
            peers.Directory.Url,
            settings: ("ApiHeartbeat", "00:00:00.05")
        );
        await quiet.RegisteredAsync();
        using var stream = new StreamReader(await quiet.Http.GetStreamAsync(new Uri("/api/events", UriKind.Relative)));

        var heartbeats = 0;
        while (heartbeats < 2)
        {
            if (await stream.ReadLineAsync().WaitAsync(PeerUnderTest.Soon) == ": still here")
            {
                heartbeats++;
            }
        }

        quiet.Events.Add(new PeerEvent.Request(Carol, Key));
        string? line;
        do
        {
            line = await stream.ReadLineAsync().WaitAsync(PeerUnderTest.Soon);
        } while (line is not null and not "event: request");
        Assert.Equal("event: request", line);
    }

    [Fact]
    public async Task Peer_that_stops_ends_its_streams()
    {
        await using var leaving = await TestPeer.StartAsync("leaving", peers.Directory.Url);
        await leaving.RegisteredAsync();
        await using var events = await EventReader.OpenAsync(leaving.Http);

        await leaving.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

        Assert.True(await events.EndsAsync());
    }

    private void Add(string name) => peers.Alice.Events.Add(new PeerEvent.Request(Username.Parse(name), Key));
}
