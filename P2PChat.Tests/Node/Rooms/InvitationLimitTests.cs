using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Mailbox;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Contacts that invite a peer to more rooms than it keeps.</summary>
public sealed class InvitationLimitTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Only_16_of_20_invitations_from_one_contact_are_kept()
    {
        await using var ivy = await PeerUnderTest.StartAsync(directory, "ivy", options =>
            options.Accept = AcceptMode.All
        );
        using var flooder = await RawInviter.ConnectAsync(directory, ivy, "flooder");
        using var friend = await RawInviter.ConnectAsync(directory, ivy, "friend");

        for (var number = 1; number <= 20; number++)
        {
            await flooder.InviteAsync($"room {number}");
        }

        // The conversation goes on in both directions.
        await flooder.SayAsync("still here");
        Assert.Equal("still here", (await ivy.Expect<PeerEvent.MessageReceived>()).Message.Text);
        _ = ivy.Messages.Send(flooder.Name, "too many rooms");
        Assert.Equal("too many rooms", await flooder.NextTextAsync());

        await friend.InviteAsync("a walk");
        await InvitedAsync(ivy, "a walk");
        // What arrives is handled in its order.
        Assert.Equal([.. Enumerable.Range(1, 16).Select(number => $"room {number}"), "a walk"], NamesAt(ivy));
        await StoresAsync(ivy, flooder.Id, 16);
        await StoresAsync(ivy, friend.Id, 1);

        // Declining one of them makes space for another.
        await ivy.Rooms.LeaveAsync("room 3");
        await flooder.InviteAsync("room 21");
        await InvitedAsync(ivy, "room 21");
        await StoresAsync(ivy, flooder.Id, 16);
    }

    private static Task InvitedAsync(PeerUnderTest peer, string room) =>
        Eventually.True(
            () => peer.Rooms.All.Any(one => one.Name == room && one.Standing == RoomStanding.Invited),
            PeerUnderTest.Soon,
            $"the invitation to '{room}' has arrived"
        );

    private static IEnumerable<string> NamesAt(PeerUnderTest peer)
    {
        var book = peer.Services.GetRequiredService<RoomBook>();
        lock (book.Gate)
        {
            return [.. book.All.Select(room => room.Machine.Name)];
        }
    }

    // A room is shown before it is saved.
    private static Task StoresAsync(PeerUnderTest peer, PeerId inviter, long count) =>
        Eventually.True(
            async () => await StoredFromAsync(peer, inviter) == count,
            PeerUnderTest.Soon,
            $"{count} rooms are stored"
        );

    private static async Task<long> StoredFromAsync(PeerUnderTest peer, PeerId inviter)
    {
        var count = 0L;
        await MailPeers
            .StoreOf(peer)
            .Writer.CallAsync(connection =>
                count = (long)
                    connection.Scalar(
                        "SELECT count(*) FROM rooms WHERE inviter = $inviter",
                        ("$inviter", inviter.Bytes.ToArray())
                    )!
            );
        return count;
    }

    /// <summary>A scripted contact that owns rooms.</summary>
    private sealed class RawInviter(RawPeer raw, RawLink link, PeerId invited) : IDisposable
    {
        private ulong _sequence;

        public Username Name => raw.Name;

        public PeerId Id => raw.Id;

        public static async Task<RawInviter> ConnectAsync(
            RestartableDirectory directory,
            PeerUnderTest peer,
            string name
        )
        {
            var raw = new RawPeer(name);
            await raw.RegisterAsync(directory);
            var link = await raw.AskAsync(peer, features: ["content", "rooms"]);
            _ = await link.ResumeAsync();
            _ = await peer.Expect<PeerEvent.Connected>(connected => connected.With == raw.Name);
            return new RawInviter(raw, link, peer.Id);
        }

        /// <summary>Makes a room and invites the peer to it.</summary>
        public async Task InviteAsync(string name)
        {
            var nonce = RandomNumberGenerator.GetBytes(16);
            var create = RoomMachine.Create(raw.Key, name, history: 0, nonce, raw.Name.Value);
            var machine = new RoomMachine(raw.Key, new RoomSnapshot(create.Id, [create], [], []));
            Assert.Null(machine.Invite(invited));
            foreach (var node in machine.Log.Membership.Ordered)
            {
                await SendAsync(FallbackText.Room, new MessageContent.Room(node.Event.ToBytes()).ToBytes());
            }
        }

        public Task SayAsync(string text) => SendAsync(text, content: []);

        /// <summary>The text of the next message that is no event of a room.</summary>
        public async Task<string> NextTextAsync()
        {
            while (true)
            {
                var message = (await link.ExpectAsync(Frame.BodyOneofCase.Message)).Message;
                if (message.Content.IsEmpty)
                {
                    return message.Text;
                }
            }
        }

        public void Dispose()
        {
            link.Dispose();
            raw.Dispose();
        }

        private Task SendAsync(string text, byte[] content) =>
            link.SendAsync(
                new Frame
                {
                    Message = new ChatMessage
                    {
                        Epoch = RawLink.Epoch,
                        Sequence = ++_sequence,
                        Id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
                        SentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                        Text = text,
                        Content = ByteString.CopyFrom(content),
                    },
                }
            );
    }
}
