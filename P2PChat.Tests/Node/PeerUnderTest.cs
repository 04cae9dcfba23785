using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Timing;
using P2PChat.Peer.Hosting;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node;

/// <summary>A complete peer in this process, with sockets on loopback and its events.</summary>
internal sealed class PeerUnderTest : HostedPeer, IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly IHost _host;
    private readonly EventListener _events;
    private readonly List<PeerEvent> _pending = [];

    private PeerUnderTest(IHost host)
    {
        _host = host;
        (Name, Id) = (Status.Name, Status.PeerId);
        _events = Events.Listen(0)!;
    }

    public Username Name { get; }

    public PeerId Id { get; }

    internal LinkTable Links => Get<LinkTable>();

    internal PeerLookup Lookup => Get<PeerLookup>();

    internal PeerConnector Connector => Get<PeerConnector>();

    internal PeerRuntime Runtime => Get<PeerRuntime>();

    internal DirectoryRegistration DirectoryRegistration => Get<DirectoryRegistration>();

    public override IServiceProvider Services => _host.Services;

    /// <summary>Starts a peer, ephemeral by default, and returns when it is registered.</summary>
    /// <param name="mail">
    /// Whether the mailbox services run; a test that drives the mailbox itself turns them off.
    /// </param>
    public static async Task<PeerUnderTest> StartAsync(
        RestartableDirectory directory,
        string name,
        Action<PeerOptions>? change = null,
        bool acrossPeers = false,
        TimeProvider? timeProvider = null,
        bool mail = true,
        ILocalAddresses? addresses = null
    )
    {
        var peer = await StartUnregisteredAsync(
            directory.Address,
            name,
            change,
            acrossPeers,
            timeProvider,
            mail,
            addresses
        );
        try
        {
            await Eventually.True(
                () => peer.Status.Directory == DirectoryState.Registered,
                Soon,
                $"the peer is registered ({peer.Status.DirectoryDetail})"
            );
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public static async Task<PeerUnderTest> StartUnregisteredAsync(
        string directory,
        string name,
        Action<PeerOptions>? change = null,
        bool acrossPeers = false,
        TimeProvider? timeProvider = null,
        bool mail = true,
        ILocalAddresses? addresses = null
    )
    {
        var host = Build(directory, name, change, acrossPeers, timeProvider, mail, addresses);
        try
        {
            await host.StartAsync();
            return new PeerUnderTest(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    public static IHost Build(
        string directory,
        string name,
        Action<PeerOptions>? change = null,
        bool acrossPeers = false,
        TimeProvider? timeProvider = null,
        bool mail = true,
        ILocalAddresses? addresses = null
    )
    {
        // Most tests cut links, and must not see them restored.
        var options = new PeerOptions
        {
            Username = name,
            Discovery = directory,
            Ephemeral = true,
            Reconnect = false,
        };
        change?.Invoke(options);
        if (options.Ephemeral == (options.Data is not null))
        {
            throw new ArgumentException("A test's peer is either ephemeral or has a data directory.");
        }

        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["Telemetry:AcrossPeers"] = acrossPeers.ToString() }
        );
        if (timeProvider is not null)
        {
            builder.Services.AddSingleton(timeProvider);
        }

        if (addresses is not null)
        {
            builder.Services.AddSingleton(addresses);
        }

        builder.AddServiceDefaults();
        builder.AddPeer(options);
        if (!mail)
        {
            builder.Services.Remove(
                builder.Services.Single(service => service.ImplementationType == typeof(MailService))
            );
        }

        var host = builder.Build();
        // Otherwise the peer would notice the new time only after up to five minutes.
        if (timeProvider is SettableClock settable)
        {
            settable.Passed += host.Services.GetRequiredService<PeerTimers>().Signal;
        }

        return host;
    }

    /// <summary>Waits for a matching event and consumes it. Other events stay pending.</summary>
    public async Task<T> Expect<T>(Func<T, bool>? matches = null)
        where T : PeerEvent
    {
        using var timeout = new CancellationTokenSource(Soon);
        while (true)
        {
            if (_pending.OfType<T>().FirstOrDefault(matches ?? (_ => true)) is { } found)
            {
                _pending.Remove(found);
                return found;
            }

            try
            {
                _pending.Add((await _events.Reader.ReadAsync(timeout.Token)).Event);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{Name} received no {typeof(T).Name}, but: {string.Join(", ", _pending)}");
            }
        }
    }

    /// <summary>The pending events.</summary>
    public IReadOnlyList<PeerEvent> Rest()
    {
        while (_events.Reader.TryRead(out var numbered))
        {
            _pending.Add(numbered.Event);
        }

        return _pending;
    }

    /// <summary>Connects; the other peer accepts the request, if there is one.</summary>
    public async Task ConnectAsync(PeerUnderTest other)
    {
        await Connections.ConnectAsync(other.Name, CancellationToken.None);
        await Eventually.True(
            () =>
            {
                // A peer that accepts automatically may have no open request any more.
                if (other.OpenRequests.Contains(Name))
                {
                    other.Connections.Accept(Name);
                }

                return other.IsConnectedTo(this);
            },
            Soon,
            $"{Name} and {other.Name} are connected"
        );
        _ = await Expect<PeerEvent.Connected>(connected => connected.With == other.Name);
        _ = await other.Expect<PeerEvent.Connected>(connected => connected.With == Name);
    }

    /// <summary>Cuts every link without a Close or an end of TLS, like a network failure.</summary>
    public Task CutLinksAsync() => Links.EndAsync(TimeSpan.Zero);

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _events.Dispose();
        await _host.StopAsync();
        _host.Dispose();
    }

    public bool IsConnectedTo(PeerUnderTest other) =>
        Get<SessionTable>().Find(other.Name)?.Relation == Relation.Connected;

    /// <summary>Abandons expired messages.</summary>
    public void Expire() => Get<SessionTable>().Expire(Get<MessageClock>().Now);

    /// <summary>Erases messages whose time has run out.</summary>
    public Task SweepAsync() => Get<Disappearance>().SweepAsync();
}

internal static class MessageServiceCalls
{
    /// <summary>Sends a message and waits until it is stored.</summary>
    public static Message Send(this MessageService messages, Username to, string text, string? key = null) =>
        messages.SendAsync(to, text, key).GetAwaiter().GetResult();
}
