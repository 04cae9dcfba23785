using System.Net;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>A peer without the join token, at a directory that has one.</summary>
public sealed class MemberPeerTests : IAsyncLifetime
{
    private const string OperatorKey = "an-operators-key-of-some-length";

    private RestartableDirectory _directory = null!;
    private PeerUnderTest _alice = null!;

    public async Task InitializeAsync()
    {
        _directory = NewDirectory();
        await _directory.StartAsync();
        _alice = await PeerUnderTest.StartAsync(_directory, "alice", options => options.JoinToken = "swordfish");
    }

    public async Task DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _directory.DisposeAsync();
    }

    [Fact]
    public async Task Peer_joins_with_a_code_and_works_without_the_join_token()
    {
        await using var bob = await JoinAsync("bob", await NewCodeAsync());
        await AssertRegisteredAsync(bob);

        Assert.Equal(["alice", "bob"], (await bob.Connections.ListPeersAsync(default)).Select(peer => peer.Name.Value));
        Assert.Equal(_alice.Id, (await bob.Lookup.FindAsync(_alice.Name, default)).PeerId);
        using var events = await bob
            .Services.GetRequiredService<DirectoryHttpClient>()
            .OpenEventsAsync([_alice.Name], default);
        Assert.True(events.IsSuccessStatusCode);

        // Mail both ways needs only capabilities and the owner's lease.
        var mail = bob.Services.GetRequiredService<MailboxClient>();
        var capability = MailboxCapability.New();
        await _alice.Services.GetRequiredService<MailboxClient>().GrantAsync(Hash(capability), default);
        _ = await mail.DepositAsync(_alice.Name, capability, [1], default);
        await mail.GrantAsync(Hash(capability), default);
        _ = await mail.DepositAsync(bob.Name, capability, [2], default);
        Assert.Single((await mail.CollectAsync(after: null, default)).Envelopes);
        await AssertFailsAsync(DirectoryFailure.CapabilityUnknown, () =>
            mail.DepositAsync(_alice.Name, MailboxCapability.New(), [1], default)
        );

        // A member may invite too.
        await using var carol = await JoinAsync("carol", await NewCodeAsync(bob));
        await AssertRegisteredAsync(carol);
    }

    [Fact]
    public async Task Name_taken_while_joining_leaves_the_invite_valid()
    {
        var code = await NewCodeAsync();
        await using (var taken = await JoinAsync("alice", code))
        {
            await AssertDetailAsync(
                taken,
                "The name alice is taken in this directory. Choose another name; the invite is still valid."
            );
            Assert.Equal(DirectoryFailure.NameTaken, taken.DirectoryRegistration.Refusal);
        }

        await using var bob = await JoinAsync("bob", code);
        await AssertRegisteredAsync(bob);
    }

    [Fact]
    public async Task Used_or_revoked_code_is_refused_with_a_reason()
    {
        var used = await NewCodeAsync();
        await using (var bob = await JoinAsync("bob", used))
        {
            await AssertRegisteredAsync(bob);
        }

        var revoked = await NewCodeAsync();
        await CodesOf(_alice).RevokeAsync(Hash(revoked), default);
        await CodesOf(_alice).RevokeAsync(Hash(revoked), default);
        foreach (var code in new[] { used, revoked })
        {
            await using var carol = await JoinAsync("carol", code);
            await AssertDetailAsync(
                carol,
                "The directory does not accept this invite: it may be used up, revoked or expired. Ask for a new one."
            );
            Assert.Equal(DirectoryFailure.NotAdmitted, carol.DirectoryRegistration.Refusal);
        }
    }

    [Fact]
    public async Task Member_returns_after_a_restart_without_the_code()
    {
        using var data = new TempDirectory();
        void Kept(PeerOptions options) => (options.Ephemeral, options.Data) = (false, data.Path);
        await using (var bob = await JoinAsync("bob", await NewCodeAsync(), Kept))
        {
            await AssertRegisteredAsync(bob);
        }

        await using var back = await PeerUnderTest.StartAsync(_directory, "bob", Kept);

        Assert.Equal(2, (await back.Connections.ListPeersAsync(default)).Count);
    }

    [Fact]
    public async Task Peer_presents_the_code_of_the_link_it_was_started_with()
    {
        using var data = new TempDirectory();
        void Kept(PeerOptions options) => (options.Ephemeral, options.Data) = (false, data.Path);
        var directory = new Uri(_directory.Address);
        // Other invites that nobody has answered, whose codes do not count.
        await using (var bob = await PeerUnderTest.StartUnregisteredAsync(_directory.Address, "bob", Kept))
        {
            for (byte i = 0; i < 12; i++)
            {
                var (key, other) = (PeerId.FromHash([i, .. new byte[PeerId.Size - 1]]), InviteSecret.New());
                await bob
                    .Services.GetRequiredService<PeerStore>()
                    .Joined.SaveAsync(
                        new JoinedInvite(_alice.Name, key, other.Id, other, directory, DateTimeOffset.UtcNow)
                    );
            }
        }

        var secret = InviteSecret.New();
        _ = await CodesOf(_alice)
            .RegisterAsync(Hash(secret.JoinCode.ToArray()), 1, DateTimeOffset.UtcNow.AddDays(7), default);
        await using var back = await PeerUnderTest.StartUnregisteredAsync(_directory.Address, "bob", options =>
        {
            Kept(options);
            options.InviteLink = new InviteLink(directory, _alice.Name, _alice.Id, secret).ToString();
        });

        await AssertRegisteredAsync(back);
    }

    [Fact]
    public async Task Removed_member_is_told_that_it_is_not_admitted()
    {
        await using var bob = await JoinAsync("bob", await NewCodeAsync());
        await AssertRegisteredAsync(bob);
        bob.Services.GetRequiredService<DirectoryAccess>().JoinCode = null;

        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, "swordfish");
        client.DefaultRequestHeaders.Add(DirectoryHeaders.OperatorKey, OperatorKey);
        using var removed = await client.DeleteAsync(new Uri($"{_directory.Address}/admin/members/{bob.Id}"));
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);

        await Eventually.True(
            () => bob.Status.Directory == DirectoryState.Refused,
            PeerUnderTest.Soon,
            "the peer knows that it is refused"
        );
        Assert.Contains("ask for an invite", bob.Status.DirectoryDetail, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<PeerException>(() => bob.Connections.ListPeersAsync(default));
        Assert.Equal(PeerError.JoinTokenRequired, refused.Error);
    }

    [Fact]
    public async Task Codes_have_limits_and_are_idempotent()
    {
        var code = await NewCodeAsync();
        var expires = await CodesOf(_alice)
            .RegisterAsync(Hash(code), 1, DateTimeOffset.UtcNow.AddDays(1), CancellationToken.None);
        Assert.InRange(expires, DateTimeOffset.UtcNow.AddDays(6), DateTimeOffset.UtcNow.AddDays(8));
        _ = await NewCodeAsync();
        await AssertFailsAsync(DirectoryFailure.TooManyInvites, () => NewCodeAsync());
    }

    [Fact]
    public async Task Directory_without_join_codes_is_reported()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:JoinCodes:Enabled=false"] };
        await directory.StartAsync();
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        var refused = await AssertFailsAsync(DirectoryFailure.JoinCodesOff, () => NewCodeAsync(bob));

        Assert.Contains("Send the join token together with the link", refused.Message, StringComparison.Ordinal);
    }

    private static RestartableDirectory NewDirectory() =>
        new()
        {
            Settings =
            [
                "Directory:JoinToken=swordfish",
                "Directory:OperatorKey=" + OperatorKey,
                "Directory:JoinCodes:PerIdentity=2",
                "Directory:RenewEvery=00:00:00.200",
            ],
        };

    private static string Hash(byte[] secret) => MailboxCapability.HashOf(secret);

    private static JoinCodeClient CodesOf(PeerUnderTest peer) => peer.Services.GetRequiredService<JoinCodeClient>();

    private async Task<byte[]> NewCodeAsync(PeerUnderTest? maker = null)
    {
        var code = MailboxCapability.New();
        _ = await CodesOf(maker ?? _alice)
            .RegisterAsync(Hash(code), 1, DateTimeOffset.UtcNow.AddDays(7), CancellationToken.None);
        return code;
    }

    private async Task<PeerUnderTest> JoinAsync(string name, byte[] code, Action<PeerOptions>? change = null)
    {
        var peer = await PeerUnderTest.StartUnregisteredAsync(_directory.Address, name, change);
        peer.Services.GetRequiredService<DirectoryAccess>().JoinCode = code;
        peer.DirectoryRegistration.RegisterSoon();
        return peer;
    }

    private static Task AssertRegisteredAsync(PeerUnderTest peer) =>
        Eventually.True(
            () => peer.Status.Directory == DirectoryState.Registered,
            PeerUnderTest.Soon,
            $"{peer.Name} is registered"
        );

    private static Task AssertDetailAsync(PeerUnderTest peer, string detail) =>
        Eventually.True(
            () => peer.Status is { Directory: DirectoryState.Refused } status && status.DirectoryDetail == detail,
            PeerUnderTest.Soon,
            $"{peer.Name} is refused with that reason"
        );

    private static async Task<DirectoryException> AssertFailsAsync(DirectoryFailure failure, Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<DirectoryException>(call);
        Assert.Equal(failure, exception.Failure);
        return exception;
    }
}
