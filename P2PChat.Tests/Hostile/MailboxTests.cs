using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Hostile;

/// <summary>Attacks on mailboxes by strangers, and what the directory's operator can see.</summary>
public sealed class MailboxTests
{
    [Fact]
    public async Task Capability_cannot_be_guessed_from_its_hash_or_another()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var (_, another) = await directory.RegisterWithMailboxAsync(mallory);
        var guesses = Enumerable
            .Range(0, 256)
            .Select(bit =>
            {
                byte[] changed = [.. capability];
                changed[bit / 8] ^= (byte)(1 << bit % 8);
                return changed;
            });

        foreach (var guess in guesses.Concat([SHA256.HashData(capability), another, new byte[32]]))
        {
            using var refused = await directory.DepositAsync(alice.Username, guess, [1]);
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.CapabilityUnknown, refused);
        }

        Assert.Empty(await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Guesses_are_limited_by_address_without_affecting_others()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:RateLimits:Enabled=true",
            "Directory:RateLimits:Deposits:Burst=3",
            "Directory:RateLimits:Deposits:PerSecond=0.01"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            (await directory.DepositAsync(alice.Username, MailboxFixture.NewCapability(), [1])).Dispose();
        }

        using var refused = await directory.DepositAsync(alice.Username, capability, [1]);
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, refused);
        Assert.Empty(await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Announced_body_that_never_arrives_takes_no_quota()
    {
        await using var directory = await DirectoryFixture.StartAsync("Directory:Mailbox:CapabilityEnvelopes=1");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        using (var socket = new System.Net.Sockets.TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, directory.Address.Port);
            var head =
                $"POST /peers/{alice.Username}/mailbox HTTP/1.1\r\nHost: x\r\n"
                + "Content-Type: application/octet-stream\r\n"
                + $"X-P2PChat-Capability: {Base64Url.EncodeToString(capability)}\r\nContent-Length: 1000\r\n\r\nhalf";
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        }

        await directory.LeaveMailAsync(alice.Username, capability, 1);
        Assert.Equal(["01"], await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Deposit_reveals_no_sender_name_token_or_key()
    {
        await using var recorder = await Recorder.StartAsync(_ =>
            Results.Json(
                new DepositResponse(DateTimeOffset.UtcNow),
                DirectoryJson.Default.DepositResponse,
                statusCode: 201
            )
        );
        await using var bob = await PeerUnderTest.StartUnregisteredAsync(recorder.Address, "bob-the-sender");
        await Eventually.True(
            () => bob.DirectoryRegistration.LeaseToken is not null,
            PeerUnderTest.Soon,
            "it is registered"
        );
        using var alice = new EnvelopeMaker();
        var capability = MailboxCapability.New();
        using var activity = new Activity("send").Start();
        var envelope = bob
            .Services.GetRequiredService<PeerIdentity>()
            .Seal([EnvelopeMaker.Message("a text of bob's")], alice.PeerId, alice.Prekey);

        await bob
            .Services.GetRequiredService<MailboxClient>()
            .DepositAsync(Username.Parse("alice"), capability, envelope, default);

        var request = Assert.Single(recorder.Requests, request => request.StartsWith("POST", StringComparison.Ordinal));
        Assert.Contains(Base64Url.EncodeToString(capability), request, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexString(envelope), request, StringComparison.Ordinal);
        var key = Convert.ToHexString(bob.Services.GetRequiredService<PeerIdentity>().PublicKey()[27..]);
        foreach (
            var secret in new[]
            {
                "bob-the-sender",
                Recorder.Token,
                "Authorization",
                key,
                Convert.ToHexString(bob.Id.Bytes),
                Convert.ToHexString("a text of"u8),
                activity.TraceId.ToHexString(),
            }
        )
        {
            Assert.DoesNotContain(secret, request, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Mailbox_keeps_only_pseudonym_size_time_and_ciphertext()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var directory = await DirectoryFixture.StartAsync(
            $"ConnectionStrings:redis={redis.ConnectionString}"
        );
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        using var recipient = new EnvelopeMaker();
        using var sender = new EnvelopeMaker();
        await directory.LeaveMailAsync(
            alice.Username,
            capability,
            sender.Seal(recipient, EnvelopeMaker.Message("a text that nobody else sees"))
        );

        var shard = (await redis.SendAsync("KEYS", "*:queue"))
            .Split('\n')
            .Select(line => line.Trim())
            .First(line => line.Contains("{p2pchat:", StringComparison.Ordinal));
        shard = shard[..shard.LastIndexOf(':')];
        Assert.Contains(
            MailboxFixture.HashOf(capability) + " 1024",
            await redis.SendAsync("HGETALL", shard + ":meta"),
            StringComparison.Ordinal
        );
        var kept = new StringBuilder();
        foreach (
            var (command, key) in new[]
            {
                ("HGETALL", "boxes"),
                ("HGETALL", "usage"),
                ("HGETALL", "meta"),
                ("HGETALL", "mail"),
            }
        )
        {
            kept.AppendLine(await redis.SendAsync(command, $"{shard}:{key}"));
        }

        foreach (var key in new[] { "grants", "queue", "fades", "newest" })
        {
            kept.AppendLine(await redis.SendAsync("ZRANGE", $"{shard}:{key}", "0", "-1", "WITHSCORES"));
        }

        foreach (var secret in new[] { "a text that", sender.PeerId.ToString(), Base64Url.EncodeToString(capability) })
        {
            Assert.DoesNotContain(secret, kept.ToString(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(directory.Logs.All, line =>
            line.Contains(alice.Username, StringComparison.Ordinal)
            || line.Contains(MailboxFixture.HashOf(capability), StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Any_mail_response_maps_to_a_typed_failure()
    {
        foreach (
            var answer in new[]
            {
                "null",
                "{}",
                "[]",
                "{\"envelopes\":null}",
                "{\"envelopes\":[null]}",
                "{\"envelopes\":[{}]}",
                "{\"envelopes\":[{\"id\":\"1\",\"envelope\":\"*\"}]}",
                "{\"envelopes\":[{\"id\":\"../../x\",\"envelope\":\"AA==\"}]}",
                "{\"envelopes\":[],\"next\":\"a&limit=0\"}",
                "{\"envelopes\":[",
                new string('[', 100_000),
            }
        )
        {
            await using var recorder = await Recorder.StartAsync(_ => Results.Text(answer, "application/json"));
            await using var alice = await PeerUnderTest.StartUnregisteredAsync(recorder.Address, "alice");
            await Eventually.True(
                () => alice.DirectoryRegistration.LeaseToken is not null,
                PeerUnderTest.Soon,
                "it is registered"
            );
            var refused = await Assert.ThrowsAsync<DirectoryException>(() =>
                alice.Services.GetRequiredService<MailboxClient>().CollectAsync(null, default)
            );
            Assert.Equal(DirectoryFailure.Refused, refused.Failure);
        }
    }

    [Fact]
    public async Task Signal_stream_without_line_breaks_is_bounded()
    {
        await using var recorder = await Recorder.StartAsync(context =>
            Results.Stream(
                async body =>
                {
                    var block = new byte[64 * 1024];
                    Array.Fill(block, (byte)'x');
                    while (!context.RequestAborted.IsCancellationRequested)
                    {
                        await body.WriteAsync(block);
                    }
                },
                "text/event-stream"
            )
        );
        await using var alice = await PeerUnderTest.StartUnregisteredAsync(recorder.Address, "alice");

        // The line never ends, so a new connection shows that the client did not wait for its end.
        await Eventually.True(
            () => recorder.Requests.Count(request => request.Contains("/signals", StringComparison.Ordinal)) >= 2,
            PeerUnderTest.Soon,
            "it hung up and came again"
        );
        Assert.False(alice.Services.GetRequiredService<SignalWatch>().Mail.TryRead(out _));
    }

    /// <summary>
    /// A directory that accepts every registration, records requests, and gives scripted mail responses.
    /// </summary>
    private sealed class Recorder(WebApplication app) : IAsyncDisposable
    {
        public const string Token = "token-of-the-lease";

        private readonly List<string> _requests = [];

        public string Address => app.Urls.Single();

        public IReadOnlyList<string> Requests
        {
            get
            {
                lock (_requests)
                {
                    return [.. _requests];
                }
            }
        }

        public static async Task<Recorder> StartAsync(Func<HttpContext, IResult> answer)
        {
            var builder = WebApplication.CreateBuilder(
                new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
            );
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var recorder = new Recorder(app);
            app.Use(recorder.RecordAsync);
            app.MapGet("/directory", () =>
                Results.Json(
                    new P2PChat.Protocol.DirectoryApi.DirectoryInfo(
                        new string('a', 32),
                        "recorder",
                        new DirectoryLimits(8192, 100, 30, 30, 300)
                    ),
                    DirectoryJson.Default.DirectoryInfo
                )
            );
            app.MapPut("/peers/{name}", (string name) =>
                Results.Json(
                    new RegistrationResponse(name, "", Token, DateTimeOffset.UtcNow.AddMinutes(1), 60),
                    DirectoryJson.Default.RegistrationResponse
                )
            );
            app.MapDelete("/peers/{name}", () => Results.NoContent());
            app.MapMethods("/peers/{name}/{**rest}", ["GET", "POST", "PUT", "DELETE"], answer);
            await app.StartAsync();
            return recorder;
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        private async Task RecordAsync(HttpContext context, RequestDelegate next)
        {
            context.Request.EnableBuffering();
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            context.Request.Body.Position = 0;
            var headers = string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}"));
            lock (_requests)
            {
                _requests.Add(
                    $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}\n"
                        + $"{headers}\n\n{Convert.ToHexString(body.ToArray())}"
                );
            }

            await next(context);
        }
    }
}
