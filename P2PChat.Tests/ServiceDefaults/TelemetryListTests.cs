using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.Resilience;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Discovery.Files;
using P2PChat.Tests.Discovery.Invites;
using P2PChat.Tests.Discovery.Mailboxes;
using P2PChat.Tests.Discovery.Relay.Legs;
using P2PChat.Tests.Discovery.Relay.Sessions;
using P2PChat.Tests.Discovery.Stun;
using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Node.Mailbox;
using P2PChat.Tests.Node.Paths;

namespace P2PChat.Tests.ServiceDefaults;

/// <summary>Compares docs/telemetry.md with what is emitted.</summary>
[Collection(Alone.Name)]
public sealed class TelemetryListTests
{
    [Fact]
    public async Task Document_lists_exactly_what_is_emitted()
    {
        using var emitted = new EmittedTelemetry();
        await PeersTalkAsync(emitted);
        await MailIsLeftAsync(emitted);
        await TheDirectoryIsUsedAsync(emitted);
        await TheRelayIsUsedAsync(emitted);
        await InvitesAreUsedAsync(emitted);
        await FilesAreLeftAsync(emitted);
        await ACallGoesWrongAsync();

        var listed = File.ReadAllLines(RepositoryFile.PathOf("docs/telemetry.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line =>
                string.Join(
                    " | ",
                    line.Split('|', StringSplitOptions.TrimEntries)[1..^2]
                        .Select(cell => cell.Replace("`", "", StringComparison.Ordinal))
                )
            )
            .ToList();
        var (unlisted, unheard) = (emitted.Lines.Except(listed).ToList(), listed.Except(emitted.Lines).ToList());
        Assert.True(
            unlisted.Count + unheard.Count == 0,
            $"Emitted but not listed:\n{string.Join('\n', unlisted)}\n"
                + $"Listed but not emitted:\n{string.Join('\n', unheard)}"
        );
        Assert.All(emitted.Words, word => Assert.Matches("^[a-z0-9_]+$", word));
    }

    private static async Task PeersTalkAsync(EmittedTelemetry emitted)
    {
        await using var directory = new RestartableDirectory
        {
            Settings =
            [
                "Directory:RenewEvery=00:00:00.200",
                "Directory:Stun:Enabled=true",
                "Directory:Stun:Ports:0=0",
                "Directory:Stun:Ports:1=0",
            ],
        };
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", acrossPeers: true);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", acrossPeers: true);
        await using var carol = await PeerUnderTest.StartAsync(
            directory,
            "carol",
            options => (options.Accept, options.Relay) = (AcceptMode.All, false),
            acrossPeers: true
        );

        await alice.Connections.ConnectAsync(bob.Name, CancellationToken.None);
        _ = await bob.Expect<PeerEvent.Request>();
        bob.Connections.Reject(alice.Name);
        _ = await alice.Expect<PeerEvent.Disconnected>();
        _ = await alice
            .Services.GetRequiredService<ConversationTrace>()
            .RunAsync(carol.Name, "hello", CancellationToken.None);
        _ = await alice.Connections.ListPeersAsync(CancellationToken.None);
        _ = await alice.Services.GetRequiredService<DoctorService>().CheckAsync(carol.Name, CancellationToken.None);
        // It finds that carol's relay is off.
        _ = await carol.Services.GetRequiredService<DoctorService>().CheckAsync(null, CancellationToken.None);

        await using var dora = await PathPeers.StartAsync(directory, "dora");
        await using var emil = await PathPeers.StartAsync(directory, "emil");
        dora.OfferPort();
        emil.OfferPort();
        await dora.ConnectAsync(emil);

        using var raw = new RawPeer("mallory");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(carol);
        await link.SendAsync(new byte[] { 0xff, 0xff, 0xff, 0xff });
        _ = await link.ReadToEndAsync();
        await Eventually.True(
            () => emitted.Lines.Any(line => line.StartsWith("directory.renew ", StringComparison.Ordinal)),
            PeerUnderTest.Soon,
            "a lease is renewed"
        );
        emitted.Observe();
    }

    private static async Task MailIsLeftAsync(EmittedTelemetry emitted)
    {
        var peers = new MailPeers();
        await peers.InitializeAsync();
        try
        {
            var data = peers.NewData();
            await using var dave = await peers.StartAsync("dave", peers.NewData());
            await using (var erin = await peers.StartAsync("erin", data))
            {
                await MailPeers.ConnectAsync(dave, erin);
            }

            _ = await dave.Expect<PeerEvent.Disconnected>();
            _ = dave.Messages.Send(Username.Parse("erin"), "hello");
            _ = await dave.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent);
            await using var back = await peers.StartAsync("erin", data);
            _ = await back.Expect<PeerEvent.MessageReceived>();
            await MailPeers.EmptyAsync(back);
            await dave.Contacts.BlockAsync(back.Name, CancellationToken.None);
            await Eventually.True(
                async () => (await MailPeers.StoreOf(dave).Capabilities.RevokedAsync()).Count == 0,
                PeerUnderTest.Soon,
                "the directory knows"
            );
            emitted.Observe();
        }
        finally
        {
            await peers.DisposeAsync();
        }
    }

    private static async Task TheDirectoryIsUsedAsync(EmittedTelemetry emitted)
    {
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:Lease=00:00:00.500",
            "Directory:RenewEvery=00:00:00.100",
            "Directory:RateLimits:Enabled=true",
            "Directory:RateLimits:Identity:Burst=2",
            "Directory:RateLimits:Identity:PerSecond=0.01",
            "Directory:OperatorKey=0123456789abcdef",
            "Directory:Stun:Enabled=true",
            "Directory:Stun:Ports:0=0"
        );
        var stun = new IPEndPoint(IPAddress.Loopback, (await StunServerTests.ReachAsync(directory)).StunPorts.Single());
        foreach (var tcp in new[] { false, true })
        {
            using var asker = await StunAsker.ConnectAsync(stun, tcp);
            _ = await asker.MappedAsync();
        }

        using var alice = new TestIdentity();
        await using var events = await directory.ListenAsync();
        _ = await directory.RegisterAsync(alice);
        _ = await directory.RegisterAsync(alice);
        (await directory.PutAsync(alice.Username, alice.Register(await directory.GetIdAsync()))).Dispose();
        while ((await events.NextAsync()).Name != "left")
        {
            // The lease expires.
        }

        using var removal = new HttpRequestMessage(HttpMethod.Delete, $"/admin/claims/{alice.Username}")
        {
            Headers = { { "X-P2PChat-Operator-Key", "0123456789abcdef" } },
        };
        (await directory.Http.SendAsync(removal)).Dispose();
        emitted.Observe();
    }

    private static async Task TheRelayIsUsedAsync(EmittedTelemetry emitted)
    {
        await using var directory = await DirectoryFixture.StartAsync();
        var session = directory.NewSession();
        await using (var alice = await directory.OpenAsync(session.Id, session.Caller))
        await using (var bob = await directory.OpenAsync(session.Id, session.Callee))
        {
            await alice.WriteAsync("!"u8.ToArray());
            _ = await bob.ReadExactlyAsync(1);
        }

        var elsewhere = session.Caller.Replace(
            session.Caller.Split('.')[1],
            new string('0', 16),
            StringComparison.Ordinal
        );
        _ = await Assert.ThrowsAsync<DirectoryException>(() => directory.OpenAsync(session.Id, elsewhere));
        emitted.Observe();
    }

    private static async Task InvitesAreUsedAsync(EmittedTelemetry emitted)
    {
        await using var directory = await DirectoryFixture.StartAsync(
            InviteFixture.WithJoinToken,
            "Directory:OperatorKey=0123456789abcdef"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var bobAsAlice = new TestIdentity(alice.Username);
        var lease = await directory.EnterAsync(alice, joinToken: InviteFixture.JoinToken);
        var code = await directory.NewCodeAsync(lease);
        (await directory.JoinAsync(bobAsAlice, code)).Dispose();
        var bobs = await directory.EnterAsync(bob, code);
        bobs = await directory.EnterAsync(bob, change: RequestBoxFixture.TakesRequests);
        var requests = $"/peers/{bob.Username}/requests";
        (await directory.AskAsync(bob.Username, bobs, RequestBoxFixture.NewRequest(1))).Dispose();
        (await directory.CallAsync(HttpMethod.Get, requests, bobs)).Dispose();
        (await directory.CallAsync(HttpMethod.Delete, $"{requests}?ids={new string('1', 16)}", bobs)).Dispose();
        (await directory.CallAsync(HttpMethod.Delete, $"/invites/{InviteFixture.HashOf(code)}", bobs)).Dispose();
        lease = await directory.EnterAsync(alice, joinToken: InviteFixture.JoinToken);
        directory.Http.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, InviteFixture.JoinToken);
        var session = await directory.StartSessionAsync(lease, await directory.RequestAsync(alice, bob));
        await directory.SendSignalAsync(session.SessionId, session.Token, PathFixture.StartBody(2));
        emitted.Observe();
        _ = directory.Http.DefaultRequestHeaders.Remove(DirectoryHeaders.JoinToken);
        directory.Http.DefaultRequestHeaders.Add("X-P2PChat-Operator-Key", "0123456789abcdef");
        (await directory.CallAsync(HttpMethod.Get, "/admin/members", joinToken: InviteFixture.JoinToken)).Dispose();
        (
            await directory.CallAsync(
                HttpMethod.Delete,
                $"/admin/members/{bob.PeerId}",
                joinToken: InviteFixture.JoinToken
            )
        ).Dispose();
    }

    private static async Task FilesAreLeftAsync(EmittedTelemetry emitted)
    {
        using var folder = new TempDirectory();
        await using var directory = await DirectoryFixture.StartAsync(
            $"Directory:Files:Folder={folder.Path}",
            "Directory:Files:FreeShare=0",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var id = await directory.LeaveFileAsync(alice.Username, capability, [1]);
        _ = await directory.ListFilesAsync(alice.Username, token);
        var blob = FileFixture.BlobsIn(folder.Path).Single();
        File.Delete(Path.Combine(folder.Path, "files", blob[2..4], blob));
        (await directory.UploadAsync(alice.Username, capability, id, [1])).Dispose();
        (await directory.DownloadAsync(alice.Username, token, id)).Dispose();
        (await directory.SendAsync(HttpMethod.Delete, $"/peers/{alice.Username}/files/{id}", token)).Dispose();
        (await directory.WithdrawAsync(alice.Username, capability, id)).Dispose();
        using (var wrong = FileFixture.Upload(alice.Username, capability, id, new ByteArrayContent([1]), new byte[32]))
        {
            (await directory.Http.SendAsync(wrong)).Dispose();
        }

        var orphan = Path.Combine(folder.Path, "incoming", FileFixture.NewId());
        await File.WriteAllTextAsync(orphan, "");
        File.SetLastWriteTimeUtc(orphan, DateTime.UtcNow.AddDays(-1));
        await directory.Sweeper.SweepAsync(CancellationToken.None);
        await directory.Sweeper.SweepOrphansAsync(CancellationToken.None);
        emitted.Observe();
    }

    /// <summary>
    /// A server that accepts connections and never responds, so that attempts time out and the breaker opens.
    /// </summary>
    private static async Task ACallGoesWrongAsync()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var app = await LoopbackApp.StartAsync([], builder => builder
                .Services.AddHttpClient(DirectoryHttpClient.HttpClientName)
                .AddResilience(options =>
                {
                    (options.TotalTimeout, options.TryTimeout, options.RetryDelay) = (
                        TimeSpan.FromSeconds(5),
                        TimeSpan.FromMilliseconds(50),
                        TimeSpan.FromMilliseconds(1)
                    );
                    (options.MaxRetries, options.BreakerMinimumTries) = (3, 2);
                }));
        using var span = Telemetry.Source.StartActivity("peer.renew");
        var client = app
            .Services.GetRequiredService<IHttpClientFactory>()
            .CreateClient(DirectoryHttpClient.HttpClientName);
        _ = await Assert.ThrowsAnyAsync<Exception>(() =>
            client.GetAsync(new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/peers"))
        );
    }
}
