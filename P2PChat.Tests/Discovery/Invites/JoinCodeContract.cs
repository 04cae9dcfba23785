using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using static P2PChat.Tests.Discovery.Invites.InviteFixture;

namespace P2PChat.Tests.Discovery.Invites;

/// <summary>Join codes: how they are made, used up and refused. Runs over each store.</summary>
public abstract class JoinCodeContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Code_is_spent_only_by_a_successful_registration()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var bobAsAlice = new TestIdentity(alice.Username);
        using var carol = new TestIdentity();
        var code = await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken));

        using (var taken = await directory.JoinAsync(bobAsAlice, code))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.NameTaken, taken);
        }

        using (var late = await directory.JoinAsync(bob, code, change: record => record.NotAfter = 1))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.ClockSkew, late);
        }

        await AssertAsync(HttpStatusCode.Created, directory.JoinAsync(bob, code));
        await AssertRefusedAsync(directory.JoinAsync(carol, code));
    }

    [Fact]
    public async Task Same_key_never_spends_a_second_use()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        using var dave = new TestIdentity();
        var code = await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken), uses: 2);

        await AssertAsync(HttpStatusCode.Created, directory.JoinAsync(bob, code));
        await AssertAsync(HttpStatusCode.OK, directory.JoinAsync(bob, code));
        Assert.True(await directory.Members.ReserveAsync(HashOf(code), bob.PeerId.ToString(), default));
        await AssertAsync(HttpStatusCode.Created, directory.JoinAsync(carol, code));
        await AssertRefusedAsync(directory.JoinAsync(dave, code));
    }

    [Fact]
    public async Task Concurrent_joiners_share_exactly_the_uses_of_a_code()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        var code = await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken), uses: 3);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(async _ =>
                {
                    using var joiner = new TestIdentity();
                    using var response = await directory.JoinAsync(joiner, code);
                    return response.StatusCode;
                })
        );

        Assert.Equal(3, answers.Count(answer => answer == HttpStatusCode.Created));
        Assert.Equal(9, answers.Count(answer => answer == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Join_interrupted_before_the_registration_loses_no_use()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        var code = await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken));

        // What a replica that crashed has left behind.
        Assert.True(await directory.Members.ReserveAsync(HashOf(code), bob.PeerId.ToString(), default));

        await AssertRefusedAsync(directory.JoinAsync(carol, code));
        await AssertAsync(HttpStatusCode.Created, directory.JoinAsync(bob, code));
    }

    [Fact]
    public async Task Join_interrupted_after_the_registration_is_completed_by_the_next()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        var code = await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken));

        // The name is claimed, but the key is not a member yet.
        await directory.EnterAsync(bob, joinToken: JoinToken);
        Assert.False(await directory.Members.IsMemberAsync(bob.PeerId.ToString(), default));

        await AssertAsync(HttpStatusCode.OK, directory.JoinAsync(bob, code));
        Assert.True(await directory.Members.IsMemberAsync(bob.PeerId.ToString(), default));
        await AssertRefusedAsync(directory.JoinAsync(carol, code));
    }

    [Fact]
    public async Task Code_revoked_during_a_registration_admits_nobody()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var lease = await directory.EnterAsync(alice, joinToken: JoinToken);
        var code = await directory.NewCodeAsync(lease);
        Assert.True(await directory.Members.ReserveAsync(HashOf(code), bob.PeerId.ToString(), default));

        await AssertAsync(
            HttpStatusCode.NoContent,
            directory.CallAsync(HttpMethod.Delete, $"/invites/{HashOf(code)}", lease, JoinToken)
        );

        Assert.False(
            await directory.Members.SpendAsync(
                HashOf(code),
                bob.PeerId.ToString(),
                Username.Parse(bob.Username),
                default
            )
        );
        Assert.False(await directory.Members.IsMemberAsync(bob.PeerId.ToString(), default));
    }

    [Fact]
    public async Task Wrong_used_expired_and_revoked_codes_look_like_no_token()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        var lease = await directory.EnterAsync(alice, joinToken: JoinToken);
        var used = await directory.NewCodeAsync(lease);
        await directory.EnterAsync(carol, used);
        var expired = NewCode();
        using (var added = await directory.AddCodeAsync(lease, expired, lifetime: TimeSpan.FromMilliseconds(300)))
        {
            Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        }

        var revoked = await directory.NewCodeAsync(lease);
        await AssertAsync(
            HttpStatusCode.NoContent,
            directory.CallAsync(HttpMethod.Delete, $"/invites/{HashOf(revoked)}", lease, JoinToken)
        );
        await Eventually.True(
            async () => !await directory.Members.ReserveAsync(HashOf(expired), bob.PeerId.ToString(), default),
            Soon,
            "the code has expired"
        );

        var answers = new HashSet<string>();
        foreach (var code in new byte[]?[] { null, NewCode(), used, expired, revoked, [1, 2, 3] })
        {
            using var refused = await directory.JoinAsync(bob, code);
            var problem = await ProblemAssert.IsAsync(
                HttpStatusCode.Unauthorized,
                ProblemTypes.JoinTokenRequired,
                refused
            );
            answers.Add(
                string.Join(
                    '\n',
                    problem.EnumerateObject().Where(field => field.Name != "traceId").Select(field => field.ToString())
                )
            );
        }

        Assert.Single(answers);
    }

    [Fact]
    public async Task Code_added_again_is_unchanged_and_belongs_to_its_maker()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        var lease = await directory.EnterAsync(alice, joinToken: JoinToken);
        var others = await directory.EnterAsync(mallory, joinToken: JoinToken);
        var code = NewCode();
        DateTimeOffset expires;
        using (var added = await directory.AddCodeAsync(lease, code, lifetime: TimeSpan.FromDays(400)))
        {
            Assert.Equal(HttpStatusCode.Created, added.StatusCode);
            expires = (await added.Content.ReadFromJsonAsync<JoinCodeResponse>(JsonSerializerOptions.Web))!.ExpiresAt;
        }

        Assert.InRange(expires, DateTimeOffset.UtcNow.AddDays(89), DateTimeOffset.UtcNow.AddDays(91));
        using (var again = await directory.AddCodeAsync(lease, code, uses: 50))
        {
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
            Assert.Equal(
                expires,
                (await again.Content.ReadFromJsonAsync<JoinCodeResponse>(JsonSerializerOptions.Web))!.ExpiresAt,
                TimeSpan.FromMilliseconds(2)
            );
        }

        await AssertAsync(HttpStatusCode.BadRequest, directory.AddCodeAsync(others, code));
        await AssertAsync(
            HttpStatusCode.NoContent,
            directory.CallAsync(HttpMethod.Delete, $"/invites/{HashOf(code)}", others, JoinToken)
        );
        await AssertAsync(HttpStatusCode.Created, directory.JoinAsync(bob, code));
        await AssertRefusedAsync(directory.JoinAsync(carol, code));
    }

    [Theory]
    [InlineData("Directory:JoinCodes:PerIdentity=2", true)]
    [InlineData("Directory:JoinCodes:PerAddress=2", false)]
    public async Task Valid_codes_are_limited_by_key_and_address(string limit, bool othersMay)
    {
        await using var directory = await StartAsync(WithJoinToken, limit);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var lease = await directory.EnterAsync(alice, joinToken: JoinToken);
        var others = await directory.EnterAsync(bob, joinToken: JoinToken);
        var first = await directory.NewCodeAsync(lease);
        _ = await directory.NewCodeAsync(lease);

        using (var third = await directory.AddCodeAsync(lease, NewCode()))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyInvites, third);
            Assert.NotNull(third.Headers.RetryAfter);
        }

        await AssertAsync(
            othersMay ? HttpStatusCode.Created : HttpStatusCode.TooManyRequests,
            directory.AddCodeAsync(others, NewCode())
        );
        await AssertAsync(HttpStatusCode.OK, directory.AddCodeAsync(lease, first));
        await AssertAsync(
            HttpStatusCode.NoContent,
            directory.CallAsync(HttpMethod.Delete, $"/invites/{HashOf(first)}", lease, JoinToken)
        );
        await AssertAsync(HttpStatusCode.Created, directory.AddCodeAsync(lease, NewCode()));
    }

    [Fact]
    public async Task Expired_codes_are_swept_and_no_longer_count()
    {
        await using var directory = await StartAsync(WithJoinToken, "Directory:JoinCodes:PerIdentity=1");
        using var alice = new TestIdentity();
        var lease = await directory.EnterAsync(alice, joinToken: JoinToken);
        var code = NewCode();
        await AssertAsync(
            HttpStatusCode.Created,
            directory.AddCodeAsync(lease, code, lifetime: TimeSpan.FromMilliseconds(300))
        );

        var swept = 0;
        await Eventually.True(
            async () => (swept += await directory.Members.SweepAsync(default)) > 0,
            Soon,
            "the code is swept"
        );

        await AssertAsync(HttpStatusCode.Created, directory.AddCodeAsync(lease, NewCode()));
    }

    [Fact]
    public async Task Member_that_stops_registering_is_forgotten()
    {
        await using var directory = await StartAsync(WithJoinToken, "Directory:JoinCodes:MemberKept=00:00:00.300");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await directory.EnterAsync(
            bob,
            await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken))
        );

        await Eventually.True(
            async () =>
            {
                _ = await directory.Members.SweepAsync(default);
                return !await directory.Members.IsMemberAsync(bob.PeerId.ToString(), default);
            },
            Soon,
            "the member is forgotten"
        );

        await AssertRefusedAsync(directory.JoinAsync(bob, code: null));
    }
}

public sealed class MemoryJoinCodeTests() : JoinCodeContract(new MemoryStore());

public sealed class SqliteJoinCodeTests(SqliteStore sqlite) : JoinCodeContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisJoinCodeTests(RedisStore redis) : JoinCodeContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterJoinCodeTests(RedisClusterStore cluster) : JoinCodeContract(cluster);
