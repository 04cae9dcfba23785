using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>Neither the directory nor its store reads an envelope's body before checking its capability.</summary>
public sealed class DepositBodyTests(RedisStore redis) : IClassFixture<RedisStore>
{
    private const int Largest = 128 * 1024;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unknown_capability_is_refused_before_the_body(bool withRedis)
    {
        await using var directory = await StartAsync(withRedis);
        using var alice = new TestIdentity();
        _ = await directory.RegisterWithMailboxAsync(alice);

        Assert.Equal("403", await StatusBeforeBodyAsync(directory, alice.Username, MailboxFixture.NewCapability()));
        Assert.Equal("403", await StatusBeforeBodyAsync(directory, "nobody-at-all", MailboxFixture.NewCapability()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Full_mailbox_is_refused_before_the_body(bool withRedis)
    {
        await using var directory = await StartAsync(withRedis, "Directory:Mailbox:CapabilityBytes=131072");
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 1);

        Assert.Equal("429", await StatusBeforeBodyAsync(directory, alice.Username, capability));
    }

    [Fact]
    public async Task Refused_body_leaves_the_connection_usable()
    {
        await using var directory = await StartAsync(withRedis: false);
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, directory.Address.Port);
        var body = Encoding.Latin1.GetString(new byte[Largest]);

        Assert.Equal("403", await SendAsync(connection, Head(alice.Username, MailboxFixture.NewCapability()) + body));
        Assert.Equal("201", await SendAsync(connection, Head(alice.Username, capability) + body));
    }

    [Fact]
    public async Task Guesses_send_no_bodies_to_redis()
    {
        const int Guesses = 100;
        await using var directory = await StartAsync(withRedis: true);
        using var alice = new TestIdentity();
        _ = await directory.RegisterWithMailboxAsync(alice);
        var envelope = new byte[Largest];

        var before = await BytesReceivedByRedisAsync();
        foreach (var _ in Enumerable.Range(0, Guesses))
        {
            using var refused = await directory.DepositAsync(alice.Username, MailboxFixture.NewCapability(), envelope);
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.CapabilityUnknown, refused);
        }

        // The sweepers and the feeds also send to Redis meanwhile.
        Assert.InRange(await BytesReceivedByRedisAsync() - before, 0, Guesses * Largest / 4);
    }

    private async Task<DirectoryFixture> StartAsync(bool withRedis, params string[] settings)
    {
        string[] store = withRedis
            ? [$"ConnectionStrings:redis={redis.Server.ConnectionString}", DirectoryFixture.PatientWithStore]
            : [];
        return await DirectoryFixture.StartAsync([.. store, .. settings]);
    }

    // Announces a body of the maximum size, but sends none of it.
    private static async Task<string> StatusBeforeBodyAsync(DirectoryFixture directory, string name, byte[] capability)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, directory.Address.Port);
        return await SendAsync(connection, Head(name, capability));
    }

    private static string Head(string name, byte[] capability) =>
        $"POST /peers/{name}/mailbox HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"
        + $"X-P2PChat-Capability: {Base64Url.EncodeToString(capability)}\r\nContent-Length: {Largest}\r\n\r\n";

    /// <returns>The status; the rest of the response is discarded.</returns>
    private static async Task<string> SendAsync(TcpClient connection, string request)
    {
        var stream = connection.GetStream();
        using var timeout = new CancellationTokenSource(Soon);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), timeout.Token);
        var response = "";
        var block = new byte[4096];
        while (!IsComplete(response))
        {
            var read = await stream.ReadAsync(block, timeout.Token);
            Assert.NotEqual(0, read);
            response += Encoding.Latin1.GetString(block, 0, read);
        }

        return response.Split(' ')[1];
    }

    private static bool IsComplete(string response)
    {
        var end = response.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var length = response[..end]
            .Split("\r\n")
            .FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return length is null
            ? response.EndsWith("0\r\n\r\n", StringComparison.Ordinal)
            : response.Length
                >= end + 4 + int.Parse(length.AsSpan("Content-Length:".Length), CultureInfo.InvariantCulture);
    }

    private async Task<long> BytesReceivedByRedisAsync()
    {
        var statistics = await redis.Server.SendAsync("INFO", "stats");
        var line = statistics
            .Split('\n')
            .Single(line => line.StartsWith("total_net_input_bytes:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Trim(), CultureInfo.InvariantCulture);
    }
}
