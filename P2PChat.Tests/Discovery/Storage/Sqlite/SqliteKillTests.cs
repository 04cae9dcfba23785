using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Discovery.Hosting;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Storage.Sqlite;

/// <summary>A directory process that is killed while it writes.</summary>
public sealed class SqliteKillTests : IDisposable
{
    private const int Answers = 60;
    private const int PageSize = 400;
    private const int Writers = 2;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Killed_directory_keeps_each_claim_and_envelope_it_answered()
    {
        using var alice = new TestIdentity();
        var names = new ConcurrentQueue<string>();
        var envelopes = new ConcurrentQueue<string>();
        string id;
        byte[] capability;
        await using (var first = await StartAsync())
        {
            id = await first.GetIdAsync();
            (_, capability) = await first.RegisterWithMailboxAsync(alice);
        }

        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");
        var process = await ProductProcess.StartAsync(
            typeof(DiscoveryApp).Assembly.Location,
            address,
            $"--urls={address}",
            $"--Directory:Data={_directory.Path}",
            "--Directory:RateLimits:Enabled=false"
        );
        using var http = new HttpClient { BaseAddress = address };
        var writers = Enumerable
            .Range(0, Writers)
            .SelectMany(writer =>
                new[]
                {
                    ClaimAsync(http, id, names),
                    DepositAsync(http, alice.Username, capability, (byte)writer, envelopes),
                }
            )
            .ToList();
        await Eventually.True(
            () => names.Count >= Answers && envelopes.Count >= Answers,
            TimeSpan.FromSeconds(60),
            "the directory has answered"
        );
        // Kills it, while the writers go on.
        await process.DisposeAsync();
        await Task.WhenAll(writers);

        await using var directory = await StartAsync();
        Assert.Equal(id, await directory.GetIdAsync());
        foreach (var name in names)
        {
            Assert.NotNull(await directory.FindAsync(name));
        }

        var token = (await directory.RegisterAsync(alice)).LeaseToken;
        var kept = await directory.ReadMailAsync(alice.Username, token);
        Assert.Empty(envelopes.Except(kept));
    }

    private Task<DirectoryFixture> StartAsync() =>
        DirectoryFixture.StartAsync(
            $"Directory:Data={_directory.Path}",
            $"Directory:Mailbox:PageSize={PageSize}",
            $"Directory:Mailbox:MaxPageSize={PageSize}"
        );

    private static async Task ClaimAsync(HttpClient http, string id, ConcurrentQueue<string> names)
    {
        try
        {
            while (true)
            {
                using var peer = new TestIdentity();
                using var response = await http.PutAsJsonAsync(
                    $"/peers/{peer.Username}",
                    peer.Register(id),
                    JsonSerializerOptions.Web
                );
                Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
                names.Enqueue(peer.Username);
            }
        }
        catch (HttpRequestException)
        {
            // The directory was killed.
        }
    }

    private static async Task DepositAsync(
        HttpClient http,
        string owner,
        byte[] capability,
        byte writer,
        ConcurrentQueue<string> envelopes
    )
    {
        try
        {
            // As many of each writer as fit on a page.
            for (var i = 0; i < PageSize / Writers; i++)
            {
                byte[] envelope = [writer, (byte)i];
                using var response = await http.DepositAsync(owner, capability, envelope);
                Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
                envelopes.Enqueue(Convert.ToHexString(envelope));
            }
        }
        catch (HttpRequestException)
        {
            // The directory was killed.
        }
    }
}
