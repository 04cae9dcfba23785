using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths.Stun;
using P2PChat.Node.Storage;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths.Stun;

/// <summary>The public address of the listener's port, with a clock of the test.</summary>
public sealed class ReflexiveMappingTests : IAsyncLifetime, IDisposable
{
    private static readonly IPEndPoint First = IPEndPoint.Parse("198.51.100.7:40000");
    private static readonly IPEndPoint Second = IPEndPoint.Parse("198.51.100.8:41000");
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly FakeStun _server = FakeStun.Start();
    private readonly ManualClock _clock = new();
    private readonly ChangingAddresses _addresses = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly DirectAccess _direct = new(new Preferences(null, new PeerOptions()));
    private readonly SharedPort _port;
    private readonly Socket _listener;
    private readonly ReflexiveMapping _mapping;
    private bool _isOffered = true;
    private Task _run = Task.CompletedTask;

    public ReflexiveMappingTests()
    {
        _port = new SharedPort(new PeerOptions { LocalOnly = true }, _direct, NullLogger<SharedPort>.Instance);
        _listener = _port.Reserve();
        _port.Listen(_listener);
        _mapping = new ReflexiveMapping(
            AddressFamily.InterNetwork,
            _port,
            _ => Task.FromResult(_isOffered ? new StunServers(_server.Ports, false, [IPAddress.Loopback]) : null),
            _addresses,
            _clock
        );
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run);
        await _server.DisposeAsync();
    }

    public void Dispose()
    {
        _mapping.Dispose();
        _listener.Dispose();
        _direct.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Address_is_refreshed_on_one_connection_from_the_port()
    {
        var changes = 0;
        _mapping.Changed += () => Interlocked.Increment(ref changes);
        _server.Map = _ => First;
        await StartAsync(First);

        await RefreshAsync();
        Assert.Equal(1, changes);
        _server.Map = _ => Second;
        await RefreshAsync();
        await PublicIsAsync(Second);

        Assert.Equal(2, changes);
        var clients = _server.Arrivals.Select(arrival => arrival.Client).ToArray();
        Assert.Equal(3, clients.Length);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, _port.Port), Assert.Single(clients.Distinct()));
    }

    [Fact]
    public async Task Broken_connection_is_opened_again_and_a_dead_server_forgotten()
    {
        _server.Map = _ => First;
        await StartAsync(First);

        // The next request finds the connection broken. The address is kept meanwhile.
        _server.Disconnect();
        await AdvanceAsync(ReflexiveMapping.RefreshEvery);
        await AdvanceAsync(TimeSpan.FromSeconds(1.25));
        await Eventually.True(() => _server.Arrivals.Count == 2, Soon, "it asks again");
        Assert.Equal(First, _mapping.Public);

        await WaitsAsync();
        await _server.DisposeAsync();
        await AdvanceAsync(ReflexiveMapping.RefreshEvery);
        await AdvanceAsync(TimeSpan.FromSeconds(1.25));
        await PublicIsAsync(null);
    }

    [Fact]
    public async Task Without_a_NAT_there_is_no_address_and_no_connection()
    {
        await StartAsync(null);
        await Eventually.True(() => _server.Arrivals.Count == 1 && _mapping.Connection is null, Soon, "it has asked");

        // A NAT that appears is noticed at the next change of the network.
        _server.Map = _ => First;
        _mapping.Wake();
        await SettleAsync();
        await PublicIsAsync(First);
    }

    [Fact]
    public async Task Address_is_forgotten_when_it_may_not_be_asked_for()
    {
        _server.Map = _ => First;
        await StartAsync(First);

        _isOffered = false;
        _mapping.Wake();
        await SettleAsync();
        await PublicIsAsync(null);
        Assert.Null(_mapping.Connection);

        _isOffered = true;
        _mapping.Wake();
        await SettleAsync();
        await PublicIsAsync(First);
    }

    private async Task StartAsync(IPEndPoint? expected)
    {
        _run = _mapping.RunAsync(_stop.Token);
        await PublicIsAsync(expected);
        await WaitsAsync();
    }

    private async Task RefreshAsync()
    {
        var before = _server.Arrivals.Count;
        await AdvanceAsync(ReflexiveMapping.RefreshEvery);
        await Eventually.True(() => _server.Arrivals.Count == before + 1, Soon, "it asks again");
        await WaitsAsync();
    }

    // The only timer is then that of the wait for the next request.
    private Task WaitsAsync() =>
        Eventually.True(() => _clock.Waiting is [var wait] && wait > TimeSpan.FromSeconds(6), Soon, "it waits");

    private async Task SettleAsync()
    {
        await Eventually.True(
            () => _clock.Waiting.Contains(TimeSpan.FromMilliseconds(250)),
            Soon,
            "it lets the changes settle"
        );
        _clock.Advance(TimeSpan.FromMilliseconds(250));
    }

    private async Task AdvanceAsync(TimeSpan time)
    {
        await Eventually.True(() => _clock.Waiting.Any(wait => wait <= time), Soon, "it waits");
        _clock.Advance(time);
    }

    private Task PublicIsAsync(IPEndPoint? expected) =>
        Eventually.True(() => Equals(_mapping.Public, expected), Soon, $"the public address is {expected}");
}
