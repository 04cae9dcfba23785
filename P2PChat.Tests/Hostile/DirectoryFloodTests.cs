using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Hosting;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Infrastructure;
using Xunit.Abstractions;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Hostile;

/// <summary>Floods and slow requests against a directory with default limits.</summary>
[Collection(Alone.Name)]
public sealed class DirectoryFloodTests(ITestOutputHelper output)
{
    private const string LimitsOn = "Directory:RateLimits:Enabled=true";

    [Fact]
    public async Task Claim_flood_from_one_address_stops_and_owners_return()
    {
        await using var directory = await DirectoryFixture.StartAsync(LimitsOn);
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);
        var id = await directory.GetIdAsync();
        using var pest = new TestIdentity();
        var taken = 0;
        for (var i = 0; i < 1000; i++)
        {
            // Generating a key per claim would be slower than the directory, and one key has its own limit.
            using var squatter = i % 5 == 0 ? new TestIdentity() : null;
            var name = squatter?.Username ?? TestIdentity.UniqueName();
            var body = squatter?.Register(id) ?? pest.Register(id, record => record.Username = name);
            using var response = await directory.PutAsync(name, body);
            taken += response.IsSuccessStatusCode ? 1 : 0;
            if (!response.IsSuccessStatusCode)
            {
                await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, response);
            }
        }

        Assert.InRange(taken, 1, 200);
        var again = await directory.RegisterAsync(alice);
        using var renewed = await directory.RenewAsync(alice.Username, again.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
    }

    [Fact]
    public async Task Missing_bodies_time_out_and_delay_nobody()
    {
        await using var directory = await DirectoryFixture.StartAsync(LimitsOn);
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 200; i++)
            {
                sockets.Add(
                    await SendAsync(
                        directory.Address,
                        IPAddress.Loopback,
                        "PUT /peers/slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 8000\r\n\r\n{"
                    )
                );
            }

            using var alice = new TestIdentity();
            await directory.RegisterAsync(alice);
            await Eventually.True(
                () => sockets.All(socket => socket.Poll(0, SelectMode.SelectRead)),
                TimeSpan.FromSeconds(30),
                "each is answered or hung up on"
            );
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Event_streams_are_limited_and_all_receive_a_write()
    {
        // The directory's default limit, unless P2PCHAT_LISTENERS lowers it.
        var options = new DirectoryOptions();
        var inAll = Environment.GetEnvironmentVariable("P2PCHAT_LISTENERS") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : options.EventListeners;
        var each = options.EventListenersPerAddress * inAll / options.EventListeners;
        // A separate process has its own limit of open files, and its memory can be measured.
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");
        await using var directory = await ProductProcess.StartAsync(
            typeof(DiscoveryApp).Assembly.Location,
            address,
            $"--urls={address}",
            $"--Directory:EventListeners={inAll}",
            $"--Directory:EventListenersPerAddress={each}"
        );
        var idle = directory.ResidentBytes();
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < inAll; i++)
            {
                var from = new IPAddress([127, 0, 1, (byte)(1 + i / each)]);
                sockets.Add(await SendAsync(address, from, "GET /peers/events HTTP/1.1\r\nHost: x\r\n\r\n"));
            }

            await Eventually.True(
                () => sockets.All(socket => socket.Poll(0, SelectMode.SelectRead)),
                TimeSpan.FromSeconds(60),
                "each is listened to"
            );
            foreach (var socket in sockets)
            {
                Assert.StartsWith("HTTP/1.1 200", await HeadAsync(socket), StringComparison.Ordinal);
            }

            // One more from a full address, and one from an unused address.
            foreach (var last in new byte[] { 1, 200 })
            {
                using var refused = await SendAsync(
                    address,
                    new IPAddress([127, 0, 1, last]),
                    "GET /peers/events HTTP/1.1\r\nHost: x\r\n\r\n"
                );
                Assert.StartsWith("HTTP/1.1 429", await HeadAsync(refused), StringComparison.Ordinal);
            }

            var listening = directory.ResidentBytes();
            var begun = Stopwatch.GetTimestamp();
            await RegisterAsync(address);
            await Eventually.True(
                () => sockets.All(socket => socket.Available > 0),
                TimeSpan.FromSeconds(60),
                "each listener receives it"
            );
            var (took, bytes) = (Stopwatch.GetElapsedTime(begun), (listening - idle) / inAll);
            output.WriteLine(
                $"{inAll} listeners: {bytes} bytes of memory each; "
                    + $"a write reached all in {took.TotalMilliseconds:0} ms."
            );
            Assert.InRange(bytes, 0, 64 * 1024);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task RegisterAsync(Uri directory)
    {
        using var http = new HttpClient { BaseAddress = directory };
        using var alice = new TestIdentity();
        var info = await http.GetFromJsonAsync<DirectoryInfo>("/directory", JsonSerializerOptions.Web);
        using var registered = await http.PutAsJsonAsync(
            $"/peers/{alice.Username}",
            alice.Register(info!.DirectoryId),
            JsonSerializerOptions.Web
        );
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
    }

    private static async Task<Socket> SendAsync(Uri directory, IPAddress from, string request)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, directory.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        return socket;
    }

    private static async Task<string> HeadAsync(Socket socket)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[8192];
        var length = await socket.ReceiveAsync(buffer, timeout.Token);

        // The response headers arrive with the first block or just before it.
        while (
            !Encoding.ASCII.GetString(buffer, 0, length).Contains("\n\n", StringComparison.Ordinal)
            && Encoding.ASCII.GetString(buffer, 0, length).StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
        )
        {
            length += await socket.ReceiveAsync(buffer.AsMemory(length), timeout.Token);
        }

        return Encoding.ASCII.GetString(buffer, 0, length);
    }
}
