using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Peers in this process that are contacts of each other. The first owns the room.</summary>
internal sealed class RoomGroup : IAsyncDisposable
{
    private readonly List<PeerUnderTest> _peers = [];
    private string _room = "";

    public IReadOnlyList<PeerUnderTest> All => _peers;

    public PeerUnderTest this[int index] => _peers[index];

    public static Task<RoomGroup> StartAsync(RestartableDirectory directory, params string[] names) =>
        StartAsync(directory, change: null, names);

    public static async Task<RoomGroup> StartAsync(
        RestartableDirectory directory,
        Action<PeerOptions>? change,
        params string[] names
    )
    {
        var group = new RoomGroup();
        foreach (var name in names)
        {
            var peer = await PeerUnderTest.StartAsync(directory, name, change);
            foreach (var other in group._peers)
            {
                await other.ConnectAsync(peer);
            }

            group._peers.Add(peer);
        }

        return group;
    }

    /// <summary>Makes a room of all peers.</summary>
    public async Task OpenAsync(string name)
    {
        _ = await _peers[0].Rooms.CreateAsync(name, history: 0);
        foreach (var peer in _peers.Skip(1))
        {
            await EnterAsync(name, peer);
        }

        await Eventually.True(
            () => _peers.All(peer => peer.Rooms.Find(name).Members == _peers.Count),
            PeerUnderTest.Soon,
            "all know that all have joined"
        );
    }

    /// <summary>The owner invites a peer, which joins.</summary>
    public async Task EnterAsync(string name, PeerUnderTest peer)
    {
        _room = name;
        await _peers[0].Rooms.InviteAsync(name, peer.Name);
        await InvitedAsync(name, peer);
        await peer.Rooms.JoinAsync(name);
    }

    public static Task InvitedAsync(string name, PeerUnderTest peer) =>
        Eventually.True(
            () => peer.Rooms.All.Any(room => room.Name == name && room.Standing == RoomStanding.Invited),
            PeerUnderTest.Soon,
            $"{peer.Name} is invited"
        );

    /// <summary>Waits until the peers show the same messages in the same order, as many as given.</summary>
    public async Task AgreesAsync(int messages, params PeerUnderTest[] peers)
    {
        var members = peers.Length > 0 ? peers : [.. _peers];
        try
        {
            await Eventually.True(() => Agree(messages, members), PeerUnderTest.Soon, "all show the same");
        }
        catch (TimeoutException)
        {
            var shown = members.Select(one => $"{one.Name}: {string.Join(", ", TextsAt(one))}");
            throw new TimeoutException(string.Join('\n', shown));
        }
    }

    private bool Agree(int messages, PeerUnderTest[] members)
    {
        var shown = members.Select(TextsAt).ToList();
        return shown.TrueForAll(one => one.Count == messages && one.SequenceEqual(shown[0]));
    }

    public IReadOnlyList<string> TextsAt(PeerUnderTest peer) =>
        [.. peer.RoomMessages.Page(_room, null, null, 1000).Messages.Select(message => message.Text)];

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }
    }
}
