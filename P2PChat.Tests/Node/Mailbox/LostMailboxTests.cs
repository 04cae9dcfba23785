using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Storage.Redis;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A directory that lost its mailboxes and gives new mail lower ids than before.</summary>
public sealed class LostMailboxTests
{
    // Microseconds far ahead of the present time, as if the clock had been wrong.
    private const string FarAhead = "5000000000000000";

    [Fact]
    public async Task Mail_with_lower_ids_in_a_new_mailbox_is_collected_at_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var directory = new RestartableDirectory
        {
            Settings =
            [
                "ConnectionStrings:redis=" + redis.ConnectionString,
                "Directory:RenewEvery=00:00:00.300",
                "Directory:Heartbeat=00:00:00.300",
            ],
        };
        await directory.StartAsync();
        using var alices = new TempDirectory();
        using var bobs = new TempDirectory();
        await using var bob = await StartAsync(directory, "bob", bobs.Path);
        var (stuck, good, capability) = ((byte[])[], (byte[])[], (byte[])[]);
        await using (var alice = await StartAsync(directory, "alice", alices.Path))
        {
            await MailPeers.ConnectAsync(alice, bob);
            capability = MailPeers.StoreOf(alice).Conversations.Load(bob.Id)!.TheirCapability!;
            var (identity, prekey) = (
                alice.Services.GetRequiredService<PeerIdentity>(),
                (await alice.Lookup.FindAsync(bob.Name, default)).Prekey!
            );
            stuck = identity.Seal(
                [LaterEpoch.Resume(), LaterEpoch.Message("ahead", ConversationOptions.WindowMessages + 10)],
                bob.Id,
                prekey
            );
            good = identity.Seal([LaterEpoch.Resume(), LaterEpoch.Message("first", 1)], bob.Id, prekey);
        }

        _ = await bob.Expect<PeerEvent.Disconnected>();
        using (var counts = new MailboxCounts(directory))
        {
            _ = await redis.SendAsync("SET", Shard.Of(bob.Name).Keys[17]!, FarAhead);
            _ = await MailPeers.MailboxOf(bob).DepositAsync(bob.Name, capability, stuck, default);
            await Eventually.True(
                () => counts.Shown == 1,
                PeerUnderTest.Soon,
                "the envelope that cannot be processed was fetched"
            );
        }

        var times = bob.DirectoryRegistration.CreationCount;
        _ = await redis.SendAsync("FLUSHALL");
        await Eventually.True(
            () => bob.DirectoryRegistration.CreationCount > times,
            PeerUnderTest.Soon,
            "the directory has forgotten everything"
        );
        await Eventually.True(
            async () =>
                (await MailPeers.MailboxOf(bob).DepositAsync(bob.Name, capability, good, default))
                > DateTimeOffset.UnixEpoch,
            PeerUnderTest.Soon,
            "the capability is granted again"
        );

        Assert.Equal("first", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    private static Task<PeerUnderTest> StartAsync(RestartableDirectory directory, string name, string data) =>
        PeerUnderTest.StartAsync(directory, name, options => (options.Ephemeral, options.Data) = (false, data));
}
