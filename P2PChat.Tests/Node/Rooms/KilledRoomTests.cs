using P2PChat.Client;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>A room of five processes, one of which is killed in the middle of a burst.</summary>
public sealed class KilledRoomTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private const string Name = "burst";
    private const int MessagesPerMember = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private string Room { get; set; } = "";

    [Fact]
    public async Task Killed_member_loses_and_repeats_nothing()
    {
        using var data = new TempDirectory();
        string[] names = ["owner", "bo-1", "bo-2", "bo-3", "bo-4"];
        var peers = names.Select(name => new KillablePeer(directory, name, Path.Combine(data.Path, name))).ToList();
        try
        {
            await Task.WhenAll(peers.Select(peer => peer.StartAsync()));
            await OpenAsync(peers, names);

            var sent = await Task.WhenAll(
                peers.Select((peer, index) => TalkAsync(peer, names[index], isKilled: index == 2))
            );

            var expected = sent.SelectMany(texts => texts).ToHashSet();
            await Eventually.True(
                async () =>
                {
                    var shown = await Task.WhenAll(peers.Select(TextsAsync));
                    return shown.All(texts => expected.IsSubsetOf(texts) && texts.SequenceEqual(shown[0]));
                },
                Patience,
                "all show the same, and nothing is lost"
            );
            var texts = await TextsAsync(peers[0]);
            Assert.Equal(texts.Distinct(), texts);
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    // The members are contacts of the owner only.
    private async Task OpenAsync(List<KillablePeer> peers, string[] names)
    {
        Room = (await peers[0].Rooms.CreateAsync(new RoomRequest(Name, History: 0))).Id;
        foreach (var (index, peer) in peers.Index().Skip(1))
        {
            await Eventually.True(() => peer.ConnectAsync(names[0]), Patience, "the member is a contact of the owner");
            await peers[0].Rooms.InviteAsync(Room, names[index]);
            await Eventually.True(
                async () => (await peer.Rooms.ListAsync()).Rooms.Any(room => room.Id == Room),
                Patience,
                "the member is invited"
            );
            await peer.Rooms.JoinAsync(Room);
        }

        await Eventually.True(
            async () =>
                (await Task.WhenAll(peers.Select(peer => peer.Rooms.GetAsync(Room)))).All(room =>
                    room.Members == names.Length
                ),
            Patience,
            "all know that all have joined"
        );
    }

    private async Task<List<string>> TalkAsync(KillablePeer peer, string name, bool isKilled)
    {
        var sent = new List<string>();
        for (var number = 0; number < MessagesPerMember; number++)
        {
            if (isKilled && number == MessagesPerMember / 2)
            {
                await peer.KillAndRestartAsync();
            }

            var text = $"{name} {number}";
            _ = await peer.Rooms.SendAsync(Room, text);
            sent.Add(text);
        }

        return sent;
    }

    private async Task<IReadOnlyList<string>> TextsAsync(KillablePeer peer) =>
        [.. (await peer.Rooms.GetMessagesAsync(Room, 1000)).Messages.Select(message => message.Text)];
}
