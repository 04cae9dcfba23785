using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Mailbox;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>What a peer takes into its rooms, and what it does if they or the store are damaged.</summary>
public sealed class RoomIntakeTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Messages_before_the_join_are_not_stored()
    {
        await using var group = await RoomGroup.StartAsync(directory, "ike", "joe");
        var (ike, joe) = (group[0], group[1]);
        var hidden = await ike.Rooms.CreateAsync("hidden", history: 0);
        _ = await ike.RoomMessages.SendAsync("hidden", "a million of these");
        await ike.Rooms.InviteAsync("hidden", joe.Name);
        await RoomGroup.InvitedAsync("hidden", joe);

        SendAll(ike, joe, hidden.Id);
        await MarkerAsync(ike, joe, "marker");

        Assert.Empty(BookOf(joe).Find(hidden.Id)!.Machine.Log.Order);
        Assert.True(await CountAsync(joe, "room_events") >= 2);
    }

    [Fact]
    public async Task Declined_room_is_gone_until_the_next_invite()
    {
        await using var group = await RoomGroup.StartAsync(directory, "kai", "lea");
        var (kai, lea) = (group[0], group[1]);
        var made = await kai.Rooms.CreateAsync("again", history: 0);
        await kai.Rooms.InviteAsync("again", lea.Name);
        await RoomGroup.InvitedAsync("again", lea);

        await lea.Rooms.LeaveAsync("again");
        await Eventually.True(
            () => kai.Rooms.MembersOf("again").Count == 1,
            PeerUnderTest.Soon,
            "kai knows that lea has declined"
        );
        SendAll(kai, lea, made.Id);
        await MarkerAsync(kai, lea, "marker");
        Assert.Null(BookOf(lea).Find(made.Id));

        await kai.Rooms.InviteAsync("again", lea.Name);
        await RoomGroup.InvitedAsync("again", lea);
        await lea.Rooms.JoinAsync("again");
        await Eventually.True(() => kai.Rooms.Find("again").Members == 2, PeerUnderTest.Soon, "lea has joined");
    }

    [Fact]
    public async Task Change_that_cannot_be_saved_is_undone()
    {
        await using var group = await RoomGroup.StartAsync(directory, "max", "ned");
        var (max, ned) = (group[0], group[1]);
        await group.OpenAsync("store");
        await Execute(max, "CREATE TRIGGER fail BEFORE INSERT ON room_events BEGIN SELECT RAISE(ABORT, 'full'); END");

        var refusal = await Assert.ThrowsAsync<PeerException>(() => max.RoomMessages.SendAsync("store", "lost"));
        _ = await ned.RoomMessages.SendAsync("store", "waits");
        Assert.Equal(PeerError.StoreFailed, refusal.Error);
        Assert.DoesNotContain("lost", group.TextsAt(max));
        await Execute(max, "DROP TRIGGER fail");

        _ = await max.RoomMessages.SendAsync("store", "kept");
        await group.AgreesAsync(2);
    }

    [Fact]
    public async Task Change_that_cannot_be_saved_is_not_published()
    {
        await using var group = await RoomGroup.StartAsync(directory, "sid", "tia");
        var (sid, tia) = (group[0], group[1]);
        await group.OpenAsync("quiet");
        var sent = await sid.RoomMessages.SendAsync("quiet", "hello");
        await group.AgreesAsync(1);
        Func<Task>[] changes =
        [
            () => tia.RoomMessages.MarkReadAsync("quiet", upTo: null),
            () => tia.RoomMarks.MarkUnreadAsync("quiet", sent.Id),
            () => tia.Rooms.SetNotifyAsync("quiet", RoomNotify.None),
        ];
        await Execute(tia, "CREATE TRIGGER fail BEFORE UPDATE ON rooms BEGIN SELECT RAISE(ABORT, 'full'); END");

        foreach (var change in changes)
        {
            var refusal = await Assert.ThrowsAsync<PeerException>(change);
            Assert.Equal(PeerError.StoreFailed, refusal.Error);
        }

        Assert.Empty(OwnChanges());
        Assert.Equal((1, RoomNotify.All), (tia.Rooms.Find("quiet").Unread, tia.Rooms.Find("quiet").Notify));
        await Execute(tia, "DROP TRIGGER fail");
        foreach (var change in changes)
        {
            await change();
        }

        Assert.Equal(
            [(0, false, RoomNotify.All), (1, true, RoomNotify.All), (1, false, RoomNotify.None)],
            OwnChanges().Select(one => (one.Room.Unread, one.IsMarkedUnread, one.Room.Notify))
        );

        IEnumerable<PeerEvent.RoomChanged> OwnChanges() =>
            tia.Rest().OfType<PeerEvent.RoomChanged>().Where(one => one.Change is null);
    }

    [Fact]
    public async Task Damaged_room_is_skipped_at_the_start()
    {
        using var data = new TempDirectory();
        Task<PeerUnderTest> StartAsync() =>
            PeerUnderTest.StartAsync(directory, "ola", options =>
                (options.Ephemeral, options.Data) = (false, data.Path)
            );

        await using (var before = await StartAsync())
        {
            _ = await before.Rooms.CreateAsync("whole", history: 0);
            var broken = await before.Rooms.CreateAsync("broken", history: 0);
            await before
                .Services.GetRequiredService<PeerStore>()
                .Writer.CallAsync(connection =>
                    connection.Run("UPDATE room_events SET header = x'FF' WHERE id = $id", ("$id", broken.Id.ToBytes()))
                );
        }

        await using var ola = await StartAsync();

        Assert.Equal("whole", Assert.Single(ola.Rooms.All).Name);
        Assert.False(BookOf(ola).IsComplete);
    }

    [Fact]
    public async Task Name_of_a_room_never_stands_for_the_id_of_another()
    {
        await using var peer = await PeerUnderTest.StartAsync(directory, "pam");
        var (secret, other) = (
            await peer.Rooms.CreateAsync("secret", history: 0),
            await peer.Rooms.CreateAsync("other", history: 0)
        );

        await Assert.ThrowsAsync<PeerException>(() => peer.Rooms.RenameAsync("other", secret.Id.ToString()));
        foreach (var id in new[] { secret.Id.ToString(), secret.Id.ToString()[..8] })
        {
            await MixedRoom.ForgeAsync(peer, other.Id.ToString(), machine => machine.Rename(id));
            _ = await peer.RoomMessages.SendAsync(id, "confidential");
        }

        Assert.Equal(["confidential", "confidential"], MixedRoom.Texts(peer, secret.Id.ToString()));
        Assert.Empty(MixedRoom.Texts(peer, other.Id.ToString()));
        Assert.Equal($"room {other.Id.ToString()[..8]}", peer.Rooms.Find(other.Id.ToString()).Name);
    }

    [Fact]
    public async Task Repeated_send_with_one_key_is_one_message()
    {
        await using var peer = await PeerUnderTest.StartAsync(directory, "quy");
        _ = await peer.Rooms.CreateAsync("keys", history: 0);

        var first = await peer.RoomMessages.SendAsync("keys", "once", idempotencyKey: "k");
        var again = await peer.RoomMessages.SendAsync("keys", "once", idempotencyKey: "k");
        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            peer.RoomMessages.SendAsync("keys", "another", idempotencyKey: "k")
        );

        Assert.Equal(first.Id, again.Id);
        Assert.Equal(PeerError.KeyReused, refusal.Error);
        Assert.Equal(["once"], MixedRoom.Texts(peer, "keys"));
    }

    [Fact]
    public async Task Unchecked_name_must_be_typed_with_its_question_mark()
    {
        await using var peer = await PeerUnderTest.StartAsync(directory, "rob");
        var made = await peer.Rooms.CreateAsync("crew", history: 0);
        _ = await ForgedMember.JoinAsync(peer, made.Id, number: 7, "dave");

        var plain = await Assert.ThrowsAsync<PeerException>(() =>
            peer.Rooms.SetRoleAsync("crew", "dave", RoomRole.Moderator)
        );
        await peer.Rooms.SetRoleAsync("crew", "dave?", RoomRole.Moderator);
        var owner = await Assert.ThrowsAsync<PeerException>(() =>
            peer.Rooms.SetRoleAsync("crew", "dave?", RoomRole.Owner)
        );

        Assert.Equal((PeerError.UnknownMember, PeerError.NotAllowedInRoom), (plain.Error, owner.Error));
        Assert.Contains(peer.Rooms.MembersOf("crew"), member =>
            member is { Role: RoomRole.Moderator, Person.Shown: "dave?" }
        );
    }

    // Past the room's own rules, as a hostile contact would.
    private static void SendAll(PeerUnderTest from, PeerUnderTest to, RoomEventId room)
    {
        var log = BookOf(from).Find(room)!.Machine.Log;
        var sessions = from.Services.GetRequiredService<SessionTable>();
        var membership = log
            .Membership.Ordered.Select(node => node.Event)
            .Where(one => one.Kind != RoomEventKind.Invite);
        foreach (var id in membership.Select(one => one.Id).Concat(log.Order).ToList())
        {
            sessions.Use(to.Id, session => session.Rooms.Send(new MessageContent.Room(log.Find(id)!.ToBytes())));
        }
    }

    // What was sent before has arrived with it.
    private static async Task MarkerAsync(PeerUnderTest from, PeerUnderTest to, string name)
    {
        _ = await from.Rooms.CreateAsync(name, history: 0);
        await from.Rooms.InviteAsync(name, to.Name);
        await RoomGroup.InvitedAsync(name, to);
    }

    private static RoomBook BookOf(PeerUnderTest peer) => peer.Services.GetRequiredService<RoomBook>();

    private static async Task<long> CountAsync(PeerUnderTest peer, string table)
    {
        var count = 0L;
        await MailPeers
            .StoreOf(peer)
            .Writer.CallAsync(connection => count = (long)connection.Scalar($"SELECT count(*) FROM {table}")!);
        return count;
    }

    private static Task Execute(PeerUnderTest peer, string sql) =>
        MailPeers.StoreOf(peer).Writer.CallAsync(connection => connection.Run(sql));
}
