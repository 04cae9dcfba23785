using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Hosting;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults;

namespace P2PChat.Bench.Processes;

/// <summary>A complete peer in this process, without console and API.</summary>
internal sealed class BenchPeer : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

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

    public FileStoreClient StoredFiles => _host.Services.GetRequiredService<FileStoreClient>();

    public MailboxClient Mailbox => _host.Services.GetRequiredService<MailboxClient>();

    public MessageService Messages => _host.Services.GetRequiredService<MessageService>();

    public RoomService Rooms => _host.Services.GetRequiredService<RoomService>();

    public RoomMessageService RoomMessages => _host.Services.GetRequiredService<RoomMessageService>();

    public FileService Files => _host.Services.GetRequiredService<FileService>();

    public PeerStore Store => _host.Services.GetRequiredService<PeerStore>();

    public Username Name => Status.Name;

    public int Port => int.Parse(Status.Endpoint!.Split(':')[^1], CultureInfo.InvariantCulture);

    /// <summary>Starts a peer and waits until it is registered.</summary>
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
        builder.Services.AddSingleton<IHostLifetime, DefaultSignals>();
        var host = builder.Build();
        await host.StartAsync();
        var peer = new BenchPeer(host);
        _ = await peer.ExpectAsync<PeerEvent.DirectoryChanged>(changed => changed.State == DirectoryState.Registered);
        return peer;
    }

    /// <summary>Reads events up to and including the first match, and returns it.</summary>
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
            if (!(more.IsCompleted ? more.Result : await more.AsTask().WaitAsync(Timeout)))
            {
                throw new InvalidOperationException($"{Name}'s event stream ended.");
            }
        }
    }

    /// <summary>Reads all events until the peer is disposed.</summary>
    /// <param name="onEvent">Called with each event.</param>
    public async Task ReadToEndAsync(Action<PeerEvent>? onEvent = null)
    {
        await foreach (var numbered in _events.Reader.ReadAllAsync())
        {
            onEvent?.Invoke(numbered.Event);
        }
    }

    /// <summary>Requests a connection and waits until this side is connected.</summary>
    public async Task ConnectAsync(BenchPeer other)
    {
        await Connections.ConnectAsync(other.Name, CancellationToken.None);
        var outcome = await ExpectAsync<PeerEvent>(peerEvent =>
            peerEvent is PeerEvent.Connected or PeerEvent.Disconnected
        );
        if (outcome is not PeerEvent.Connected)
        {
            throw new InvalidOperationException($"{Name} could not connect to {other.Name}: {outcome}");
        }
    }

    /// <summary>Ends the connection and waits for the event on this side.</summary>
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
