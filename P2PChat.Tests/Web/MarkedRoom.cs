using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Node.Rooms;

namespace P2PChat.Tests.Web;

/// <summary>
/// Alice's room with a message of a member who was removed meanwhile, one of a member whom she has blocked, and one of
/// another member. The test runs these members itself.
/// </summary>
internal sealed class MarkedRoom : IAsyncDisposable
{
    public const string Late = "see you at the lake";
    public const string Blocked = "words that nobody wants to read";
    public const string Last = "bring your own cup";

    private readonly RestartableDirectory _directory;

    private MarkedRoom(RestartableDirectory directory, TestPeer alice, RoomEventId room) =>
        (_directory, Alice, Room) = (directory, alice, room);

    public TestPeer Alice { get; }

    public RoomEventId Room { get; }

    public static async Task<MarkedRoom> StartAsync()
    {
        var directory = new RestartableDirectory();
        await directory.StartAsync();
        var alice = await TestPeer.StartAsync("alice", directory.Address);
        try
        {
            return new MarkedRoom(directory, alice, await OpenAsync(alice));
        }
        catch
        {
            await alice.DisposeAsync();
            await directory.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Alice.DisposeAsync();
        await _directory.DisposeAsync();
    }

    private static async Task<RoomEventId> OpenAsync(TestPeer alice)
    {
        await alice.RegisteredAsync();
        var room = (await alice.Rooms.CreateAsync(RoomPeers.Name, history: 0)).Id;
        var dave = await ForgedMember.JoinAsync(alice, room, number: 7, "dave");
        var eve = await ForgedMember.JoinAsync(alice, room, number: 8, "eve");
        var ted = await ForgedMember.JoinAsync(alice, room, number: 9, "ted");
        await MixedRoom.ForgeAsync(alice, $"{room}", machine => machine.SetRole(eve.Id, RoomRole.Moderator));
        foreach (var member in new[] { dave, eve, ted })
        {
            member.LearnMembership();
        }

        await dave.SayAsync(Late);
        var name = Username.Parse("ted");
        alice.StoredContacts.Remember(name, ted.Id);
        await alice.Contacts.BlockAsync(name, CancellationToken.None);
        ted.Learn();
        await ted.SayAsync(Blocked, by: eve.Id);
        // She has not seen that message.
        await eve.DoAsync(machine => machine.Remove(dave.Id));
        eve.Learn();
        await eve.SayAsync(Last);
        await Eventually.True(
            () =>
                alice.RoomMessages.Page($"{room}", null, null, 10).Messages
                    is [{ IsAfterRemoval: true, Text: Late }, { IsCollapsed: true }, { Text: Last }],
            PeerUnderTest.Soon,
            "the messages are shown"
        );
        return room;
    }
}
