using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Discovery.Invites;
using P2PChat.Tests.Discovery.Mailboxes;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Storage.Sqlite;

/// <summary>What a directory on one machine keeps when it is restarted.</summary>
public sealed class SqliteRestartTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Restart_keeps_directory_id_names_leases_and_mail()
    {
        using var alice = new TestIdentity();
        using var hidden = new TestIdentity();
        string id,
            token;
        byte[] capability;
        await using (var directory = await StartAsync())
        {
            id = await directory.GetIdAsync();
            (token, capability) = await directory.RegisterWithMailboxAsync(alice);
            await directory.RegisterAsync(hidden, record => record.Unlisted = true);
            await directory.LeaveMailAsync(alice.Username, capability, 7);
        }

        await using (var directory = await StartAsync())
        {
            Assert.Equal(("sqlite", "sqlite"), (directory.Store.SystemName, directory.Mail.SystemName));
            Assert.Equal(id, await directory.GetIdAsync());
            Assert.Equal([alice.Username], (await directory.ListAsync()).Peers.Select(peer => peer.Username));
            var found = await directory.FindAsync(alice.Username, token);
            Assert.True(found!.Online);
            Assert.NotNull(found.Signed);
            Assert.NotNull(await directory.FindAsync(hidden.Username));
            using var renewal = await directory.RenewAsync(alice.Username, token);
            Assert.Equal(HttpStatusCode.OK, renewal.StatusCode);
            await directory.LeaveMailAsync(alice.Username, capability, 8);
            Assert.Equal(["07", "08"], await directory.ReadMailAsync(alice.Username, token));
        }
    }

    [Fact]
    public async Task Restart_keeps_the_share_of_an_address()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await using (var directory = await StartAsync("Directory:ClaimsPerAddress=1"))
        {
            await directory.RegisterAsync(alice);
        }

        await using (var directory = await StartAsync("Directory:ClaimsPerAddress=1"))
        {
            using var refused = await directory.PutAsync(bob.Username, bob.Register(await directory.GetIdAsync()));
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Restart_keeps_members_join_codes_and_requests()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        string alices,
            bobs;
        byte[] used,
            open;
        await using (var directory = await StartAsync(InviteFixture.WithJoinToken))
        {
            alices = await directory.EnterAsync(
                alice,
                joinToken: InviteFixture.JoinToken,
                change: RequestBoxFixture.TakesRequests
            );
            used = await directory.NewCodeAsync(alices);
            open = await directory.NewCodeAsync(alices);
            bobs = await directory.EnterAsync(bob, used);
            await directory.LeaveRequestAsync(alice.Username, bobs, 7);
        }

        await using (var directory = await StartAsync(InviteFixture.WithJoinToken))
        {
            await InviteFixture.AssertAsync(HttpStatusCode.OK, directory.CallAsync(HttpMethod.Get, "/peers", bobs));
            await InviteFixture.AssertRefusedAsync(directory.JoinAsync(carol, used));
            _ = await directory.EnterAsync(carol, open);
            var members = await directory.Members.ListMembersAsync(null, 10, CancellationToken.None);
            Assert.Equal(
                new[] { bob, carol }.Select(peer => peer.PeerId.ToString()).Order(StringComparer.Ordinal),
                members.Members.Select(member => member.PeerId)
            );
            Assert.All(members.Members, member => Assert.Equal(alice.PeerId.ToString(), member.InvitedBy));
            directory.Http.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, InviteFixture.JoinToken);
            Assert.Equal([7], await directory.ReadRequestsAsync(alice.Username, alices));
        }
    }

    [Fact]
    public async Task Events_resume_across_a_restart()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        string lastId;
        await using (var directory = await StartAsync())
        {
            await using var events = await directory.ListenAsync();
            await directory.RegisterAsync(alice);
            _ = await events.NextAsync();
            lastId = events.LastId;
            await directory.RegisterAsync(bob);
        }

        await using (var directory = await StartAsync())
        {
            await directory.RegisterAsync(carol);
            await using var events = await directory.ListenAsync(lastEventId: lastId);

            foreach (var joined in new[] { bob, carol })
            {
                var received = await events.NextAsync();
                Assert.Equal((PeerEventTypes.Joined, joined.Username), (received.Name, received.Data!.Username));
            }
        }
    }

    [Fact]
    public async Task Position_that_is_no_longer_kept_gets_a_reset()
    {
        string lastId;
        await using (var directory = await StartAsync("Directory:EventsKept=2"))
        {
            await using var events = await directory.ListenAsync();
            lastId = events.LastId;
            foreach (var _ in Enumerable.Range(0, 3))
            {
                using var peer = new TestIdentity();
                await directory.RegisterAsync(peer);
            }
        }

        await using (var directory = await StartAsync("Directory:EventsKept=2"))
        {
            await using var events = await directory.ListenAsync(lastEventId: lastId);
            Assert.Equal(PeerEventTypes.Reset, (await events.NextAsync()).Name);
        }
    }

    [Fact]
    public async Task Lease_that_ends_during_a_restart_ends_once()
    {
        string[] settings = ["Directory:Lease=00:00:00.500", "Directory:RenewEvery=00:00:00.100"];
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        string lastId;
        await using (var directory = await StartAsync([.. settings, "Directory:SweepEvery=00:00:04"]))
        {
            await using var events = await directory.ListenAsync();
            await directory.RegisterAsync(alice);
            _ = await events.NextAsync();
            lastId = events.LastId;
        }

        await using (var directory = await StartAsync(settings))
        {
            await using var events = await directory.ListenAsync(lastEventId: lastId);
            var left = await events.NextAsync();
            Assert.Equal((PeerEventTypes.Left, alice.Username), (left.Name, left.Data!.Username));
            await directory.RegisterAsync(bob);
            Assert.Equal(bob.Username, (await events.NextAsync()).Data!.Username);
            Assert.False((await directory.FindAsync(alice.Username))!.Online);
        }
    }

    private Task<DirectoryFixture> StartAsync(params string[] settings) =>
        DirectoryFixture.StartAsync([$"Directory:Data={Path.Combine(_directory.Path, "data")}", .. settings]);
}
