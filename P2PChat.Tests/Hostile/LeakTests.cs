using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Hostile;

/// <summary>
/// Checks that a peer leaks nothing over many cut connections: 600, or <c>P2PCHAT_CUTS</c> if it is set.
/// </summary>
[Collection(Alone.Name)]
public sealed class LeakTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task Many_cut_connections_leak_nothing()
    {
        var cuts = int.Parse(
            Environment.GetEnvironmentVariable("P2PCHAT_CUTS") is { Length: > 0 } text ? text : "600",
            CultureInfo.InvariantCulture
        );
        await using var victim = await Victim.StartAsync(directory, options => options.Accept = AcceptMode.Ask);
        using var raw = new RawPeer("cutter");
        await raw.RegisterAsync(directory);

        // Warms up what is allocated once, and fills the event log.
        await CutAsync(victim, raw, Math.Max(300, cuts / 4));
        var before = await MeasureAsync(victim);
        await CutAsync(victim, raw, cuts);
        var after = await MeasureAsync(victim);

        Assert.InRange(after.Sockets, 0, before.Sockets + 2);
        Assert.InRange(after.Threads, 0, before.Threads + 10);
        Assert.InRange(after.Bytes, 0, before.Bytes * 110 / 100);
        await victim.AssertServesAsync();
    }

    private static async Task CutAsync(Victim victim, RawPeer raw, int count)
    {
        for (var i = 0; i < count; i++)
        {
            try
            {
                switch (i % 5)
                {
                    case 0:
                        (await victim.CallAsync(Elsewhere)).Dispose();
                        break;
                    case 1:
                        using (var half = await victim.CallAsync(Elsewhere))
                        {
                            await half.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1 });
                        }

                        break;
                    case 2:
                        (await raw.DialAsync(victim.Port, from: Elsewhere)).Cut();
                        break;
                    case 3:
                        var hello = await raw.DialAsync(victim.Port, from: Elsewhere);
                        await hello.SendHelloAsync(raw.Name);
                        hello.Cut();
                        break;
                    default:
                        var asking = await raw.AskAsync(victim.Peer, Elsewhere);
                        asking.Cut();
                        asking.Dispose();
                        break;
                }
            }
            catch (Exception exception)
                when (exception
                        is IOException
                            or System.Security.Authentication.AuthenticationException
                            or System.Net.Sockets.SocketException
                            or InvalidOperationException
                )
            {
                // Expected: too many of its sockets are waiting.
            }
        }
    }

    private static async Task<(int Sockets, int Threads, long Bytes)> MeasureAsync(Victim victim)
    {
        await Eventually.True(() => victim.Peer.Links.Count == 0, TimeSpan.FromSeconds(30), "all links are released");
        var sessions = victim.Peer.Services.GetRequiredService<SessionTable>();
        await Eventually.True(
            () => !sessions.All.Any(),
            TimeSpan.FromSeconds(30),
            "the strangers' sessions are dropped"
        );
        Assert.Empty(victim.Peer.OpenRequests);
        _ = victim.Peer.Rest();

        // Kestrel and the tests' clients release theirs at their own time.
        var least = (Sockets: int.MaxValue, Threads: int.MaxValue, Bytes: long.MaxValue);
        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            least = (
                Math.Min(least.Sockets, Directory.GetFiles("/proc/self/fd").Count(IsSocket)),
                Math.Min(least.Threads, ThreadPool.ThreadCount),
                Math.Min(least.Bytes, GC.GetTotalMemory(forceFullCollection: true))
            );
        }

        return least;
    }

    private static bool IsSocket(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
