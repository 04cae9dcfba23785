using System.Net;
using System.Net.Http.Headers;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>Malformed mailbox requests. Runs over each store.</summary>
public abstract class MailboxRequestContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Malformed_requests_are_refused()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var mailbox = $"/peers/{alice.Username}/mailbox";

        foreach (
            var (method, path) in new[]
            {
                (HttpMethod.Get, "?limit=0"),
                (HttpMethod.Get, "?limit=1000"),
                (HttpMethod.Get, "?limit=x"),
                (HttpMethod.Get, "?after=1"),
                (HttpMethod.Delete, ""),
                (HttpMethod.Delete, "?ids="),
                (HttpMethod.Delete, "?ids=1,2"),
                (HttpMethod.Delete, "?ids=000000000000000%20"),
                (HttpMethod.Delete, "?ids=" + string.Join(',', Enumerable.Repeat("0000000000000000", 257))),
                (HttpMethod.Put, "/capabilities/abc"),
                (HttpMethod.Put, "/capabilities/" + new string('_', 43)),
                (HttpMethod.Put, "/capabilities/" + new string('*', 43)),
            }
        )
        {
            using var refused = await directory.SendAsync(method, mailbox + path, token);
            await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, refused);
        }

        foreach (var bad in new[] { null, Array.Empty<byte>(), capability[1..], [.. capability, 0] })
        {
            using var refused = await directory.DepositAsync(alice.Username, bad, [1]);
            await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, refused);
        }

        using var empty = await directory.DepositAsync(alice.Username, capability, []);
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, empty);
        using var name = await directory.DepositAsync("A", capability, [1]);
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, name);
        using var text = new StringContent("hello", new MediaTypeHeaderValue("text/plain"));
        using var request = new HttpRequestMessage(HttpMethod.Post, mailbox) { Content = text };
        request.Headers.Add("X-P2PChat-Capability", System.Buffers.Text.Base64Url.EncodeToString(capability));
        using var type = await directory.Http.SendAsync(request);
        await ProblemAssert.IsAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.UnsupportedMediaType, type);
    }
}

public sealed class MemoryMailboxRequestTests() : MailboxRequestContract(new MemoryStore());

public sealed class SqliteMailboxRequestTests(SqliteStore sqlite)
    : MailboxRequestContract(sqlite),
        IClassFixture<SqliteStore>;

public sealed class RedisMailboxRequestTests(RedisStore redis)
    : MailboxRequestContract(redis),
        IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterMailboxRequestTests(RedisClusterStore cluster) : MailboxRequestContract(cluster);
