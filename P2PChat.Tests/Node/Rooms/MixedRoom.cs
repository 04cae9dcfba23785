using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>A room whose two other members are contacts of the owner, and not of each other.</summary>
internal sealed class MixedRoom(RestartableDirectory directory) : IAsyncDisposable
{
    public const string Name = "mixed";

    private readonly TempDirectory _data = new();

    public PeerUnderTest Owner { get; private set; } = null!;

    public PeerUnderTest One { get; private set; } = null!;

    public PeerUnderTest Two { get; private set; } = null!;

    public static async Task<MixedRoom> OpenAsync(
        RestartableDirectory directory,
        string one,
        string two,
        Action<PeerOptions>? change = null
    )
    {
        var room = new MixedRoom(directory);
        room.Owner = await room.StartAsync($"{one}-owner");
        room.One = await room.StartAsync(one, change);
        room.Two = await room.StartAsync(two);
        await room.Owner.ConnectAsync(room.One);
        await room.Owner.ConnectAsync(room.Two);
        _ = await room.Owner.Rooms.CreateAsync(Name, history: 0);
        foreach (var peer in new[] { room.One, room.Two })
        {
            await room.InviteAsync(peer);
        }

        await Eventually.True(
            () => Knows(room.One, room.Two) && Knows(room.Two, room.One),
            PeerUnderTest.Soon,
            "the two are connected for the room"
        );
        return room;
    }

    public Task<PeerUnderTest> StartAsync(string name, Action<PeerOptions>? change = null) =>
        PeerUnderTest.StartAsync(directory, name, options =>
        {
            (options.Ephemeral, options.Data) = (false, Path.Combine(_data.Path, name));
            (options.Reconnect, options.ReconnectAfter) = (true, TimeSpan.FromMilliseconds(200));
            change?.Invoke(options);
        });

    /// <summary>The owner connects with another peer, which joins.</summary>
    public async Task EnterAsync(PeerUnderTest peer)
    {
        await Owner.ConnectAsync(peer);
        await InviteAsync(peer);
    }

    private async Task InviteAsync(PeerUnderTest peer)
    {
        await Owner.Rooms.InviteAsync(Name, peer.Name);
        await RoomGroup.InvitedAsync(Name, peer);
        await peer.Rooms.JoinAsync(Name);
    }

    public static bool Knows(PeerUnderTest one, PeerUnderTest other) =>
        one.Rooms.MembersOf(Name).Any(member => member.Person.Key == other.Id && member.IsConnected);

    public static IReadOnlyList<string> Texts(PeerUnderTest peer, string room = Name) =>
        [.. peer.RoomMessages.Page(room, null, null, 100).Messages.Select(message => message.Text)];

    /// <summary>Waits until a text is shown.</summary>
    public static Task ArrivesAsync(PeerUnderTest peer, string text) =>
        Eventually.True(() => Texts(peer).Contains(text), PeerUnderTest.Soon, $"{peer.Name} has '{text}'");

    /// <summary>Does what the user interface refuses.</summary>
    public static Task ForgeAsync(HostedPeer peer, string room, Func<RoomMachine, RoomRefusal?> act) =>
        peer.Services.GetRequiredService<RoomCommands>().ChangeAsync(room, host => act(host.Machine));

    /// <summary>Looks up the members who are not contacts, which a peer otherwise does once in a while.</summary>
    public static void Meet(PeerUnderTest peer) => peer.Services.GetRequiredService<RoomAcquaintances>().Update();

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in new[] { Owner, One, Two })
        {
            await peer.DisposeAsync();
        }

        _data.Dispose();
    }
}
