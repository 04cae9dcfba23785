using System.Net;
using System.Text;
using P2PChat.Protocol.DirectoryApi;
using static P2PChat.Tests.Discovery.Invites.InviteFixture;

namespace P2PChat.Tests.Discovery.Invites;

/// <summary>Bodies, settings and limits of join codes, which do not depend on the store.</summary>
public sealed class InviteRequestTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"codeHash\":\"short\",\"uses\":1,\"expiresAt\":\"2999-01-01T00:00:00Z\"}")]
    [InlineData("{\"codeHash\":\"HASH\",\"uses\":0,\"expiresAt\":\"2999-01-01T00:00:00Z\"}")]
    [InlineData("{\"codeHash\":\"HASH\",\"uses\":101,\"expiresAt\":\"2999-01-01T00:00:00Z\"}")]
    [InlineData("{\"codeHash\":\"HASH\",\"uses\":1,\"expiresAt\":\"2001-01-01T00:00:00Z\"}")]
    [InlineData("{\"codeHash\":\"HASH\",\"uses\":1}")]
    [InlineData("{\"codeHash\":\"HASH\",\"uses\":1,\"expiresAt\":\"soon\"}")]
    public async Task Malformed_code_is_refused(string body)
    {
        await using var directory = await DirectoryFixture.StartAsync();
        using var alice = new TestIdentity();
        using var content = new StringContent(
            body.Replace("HASH", HashOf(NewCode()), StringComparison.Ordinal),
            Encoding.UTF8,
            "application/json"
        );

        using var refused = await directory.SendAsync(
            HttpMethod.Post,
            "/invites",
            await directory.EnterAsync(alice),
            content
        );

        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, refused);
    }

    [Fact]
    public async Task Code_needs_a_lease_and_a_valid_hash()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        using var alice = new TestIdentity();
        var lease = await directory.EnterAsync(alice);

        foreach (var wrong in new[] { null, lease[..^1] + (lease[^1] == 'A' ? 'B' : 'A') })
        {
            using var added = await directory.CallAsync(
                HttpMethod.Post,
                "/invites",
                wrong,
                body: new JoinCodeBody(HashOf(NewCode()), 1, DateTimeOffset.UtcNow.AddDays(1))
            );
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, added);
            using var removed = await directory.CallAsync(HttpMethod.Delete, $"/invites/{HashOf(NewCode())}", wrong);
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, removed);
        }

        await AssertAsync(HttpStatusCode.BadRequest, directory.CallAsync(HttpMethod.Delete, "/invites/no-hash", lease));
    }

    [Fact]
    public async Task Code_that_is_not_needed_is_stored_but_not_spent()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var code = await directory.NewCodeAsync(await directory.EnterAsync(alice), joinToken: null);

        await AssertAsync(HttpStatusCode.Created, directory.JoinAsync(bob, code));

        Assert.False(await directory.Members.IsMemberAsync(bob.PeerId.ToString(), default));
        Assert.True(await directory.Members.ReserveAsync(HashOf(code), alice.PeerId.ToString(), default));
    }

    [Fact]
    public async Task Codes_turned_off_are_neither_made_nor_accepted()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            WithJoinToken,
            "Directory:JoinCodes:Enabled=false"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var lease = await directory.EnterAsync(alice, joinToken: JoinToken);
        var code = NewCode();

        using (var refused = await directory.AddCodeAsync(lease, code))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.JoinCodesOff, refused);
        }

        // One that was made while they were on.
        _ = await directory.Members.AddCodeAsync(
            new(HashOf(code), alice.PeerId.ToString(), "address", 1, DateTimeOffset.UtcNow.AddDays(1)),
            new(1, 1),
            default
        );
        await AssertRefusedAsync(directory.JoinAsync(bob, code));
    }

    [Fact]
    public async Task Guessing_codes_is_limited_by_address_without_affecting_members()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            WithJoinToken,
            "Directory:RateLimits:Enabled=true",
            "Directory:RateLimits:JoinCodes:Burst=3",
            "Directory:RateLimits:JoinCodes:PerSecond=0.001"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var mallory = new TestIdentity();
        var alices = await directory.EnterAsync(alice, joinToken: JoinToken);
        await directory.EnterAsync(bob, await directory.NewCodeAsync(alices));
        var unused = await directory.NewCodeAsync(alices);

        await AssertRefusedAsync(directory.JoinAsync(mallory, NewCode()));
        await AssertRefusedAsync(directory.JoinAsync(mallory, NewCode()));
        // From now on not even a valid code is looked up.
        foreach (var code in new[] { NewCode(), unused })
        {
            using var limited = await directory.JoinAsync(mallory, code);
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, limited);
            Assert.NotNull(limited.Headers.RetryAfter);
        }

        var lease = await directory.EnterAsync(bob, NewCode());
        await AssertAsync(HttpStatusCode.OK, directory.CallAsync(HttpMethod.Get, "/peers", lease));
    }
}
