using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Hosting;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults;

namespace P2PChat.Bench.Processes;

/// <summary>A whole peer in this process, without console and API.</summary>
internal sealed class BenchPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IHost _host;
    private readonly EventListener _events;

    private BenchPeer(IHost host)
    {
        _host = host;
        _events = Events.Listen(0)!;
    }

    public EventLog Events => _host.Services.GetRequiredService<EventLog>();

    public PeerStatus Status => _host.Services.GetRequiredService<StatusService>().Current;

    public ConnectionService Connections => _host.Services.GetRequiredService<ConnectionService>();

    public MessageService Messages => _host.Services.GetRequiredService<MessageService>();

    public PeerStore Store => _host.Services.GetRequiredService<PeerStore>();

    public Username Name => Status.Name;

    public int Port => int.Parse(Status.Endpoint!.Split(':')[^1], CultureInfo.InvariantCulture);

    /// <summary>Starts a peer, and returns when it is registered.</summary>
    public static async Task<BenchPeer> StartAsync(string directory, string name, Action<PeerOptions>? change = null)
    {
        var options = new PeerOptions
        {
            Username = name,
            Discovery = directory,
            Ephemeral = true,
            Accept = AcceptMode.All,
            MaxUnauthenticatedPerAddress = 256,
            HandshakeBurstPerAddress = 1_000_000,
            HandshakesPerSecondPerAddress = 1_000_000,
        };
        change?.Invoke(options);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddServiceDefaults();
        builder.AddPeer(options);
        var host = builder.Build();
        await host.StartAsync();
        var peer = new BenchPeer(host);
        _ = await peer.ExpectAsync<PeerEvent.DirectoryChanged>(changed => changed.State == DirectoryState.Registered);
        return peer;
    }

    /// <summary>Reads on to an event.</summary>
    public async ValueTask<T> ExpectAsync<T>(Func<T, bool>? matches = null)
        where T : PeerEvent
    {
        var reader = _events.Reader;
        while (true)
        {
            while (reader.TryRead(out var numbered))
            {
                if (numbered.Event is T found && (matches is null || matches(found)))
                {
                    return found;
                }
            }

            var more = reader.WaitToReadAsync();
            if (!(more.IsCompleted ? more.Result : await more.AsTask().WaitAsync(Patience)))
            {
                throw new InvalidOperationException($"{Name} has told more than was read.");
            }
        }
    }

    /// <summary>Reads all that it tells, for as long as it lives.</summary>
    /// <param name="told">Told of each.</param>
    public async Task ReadToEndAsync(Action<PeerEvent>? told = null)
    {
        await foreach (var numbered in _events.Reader.ReadAllAsync())
        {
            told?.Invoke(numbered.Event);
        }
    }

    /// <summary>Asks, and returns when this side is connected.</summary>
    public async Task ConnectAsync(BenchPeer other)
    {
        await Connections.ConnectAsync(other.Name, CancellationToken.None);
        var outcome = await ExpectAsync<PeerEvent>(told => told is PeerEvent.Connected or PeerEvent.Disconnected);
        if (outcome is not PeerEvent.Connected)
        {
            throw new InvalidOperationException($"{Name} was not connected to {other.Name}: {outcome}");
        }
    }

    /// <summary>Ends the connection, and returns when this side knows.</summary>
    public async Task DisconnectAsync(BenchPeer other)
    {
        Connections.Disconnect(other.Name);
        _ = await ExpectAsync<PeerEvent.Disconnected>();
    }

    public async ValueTask DisposeAsync()
    {
        _events.Dispose();
        await _host.StopAsync();
        _host.Dispose();
    }
}
