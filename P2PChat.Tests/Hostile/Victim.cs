using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Hostile;

/// <summary>A running peer under attack, and an honest peer that it must keep serving.</summary>
internal sealed class Victim : IAsyncDisposable
{
    private readonly RestartableDirectory _directory;
    private int _honest;

    private Victim(RestartableDirectory directory, PeerUnderTest peer) => (_directory, Peer) = (directory, peer);

    public PeerUnderTest Peer { get; }

    public int Port => Peer.Listener.Port;

    /// <summary>By default it accepts everyone, and any number of handshakes.</summary>
    public static async Task<Victim> StartAsync(
        RestartableDirectory directory,
        Action<PeerOptions>? change = null,
        TimeProvider? timeProvider = null
    ) =>
        new(
            directory,
            await PeerUnderTest.StartAsync(
                directory,
                "victim",
                options =>
                {
                    options.Accept = AcceptMode.All;
                    options.HandshakeBurstPerAddress = 1_000_000;
                    change?.Invoke(options);
                },
                timeProvider: timeProvider
            )
        );

    /// <summary>Connects a hostile peer up to its Resume.</summary>
    /// <returns>Its link, and the victim's Resume.</returns>
    public async Task<(RawLink Link, Resume Resume)> LetInAsync(RawPeer raw, ulong epoch = 7)
    {
        await raw.RegisterAsync(_directory);
        var link = await raw.AskAsync(Peer);
        var resume = (await link.ExpectAsync(Frame.BodyOneofCase.Resume)).Resume;
        await link.SendAsync(
            new Frame
            {
                Resume = new Resume { SendEpoch = epoch, SendBase = 1 },
            }
        );
        _ = await Peer.Expect<PeerEvent.Connected>(connected => connected.With == raw.Name);
        return (link, resume);
    }

    /// <summary>Checks that an honest peer can connect, send and receive.</summary>
    public async Task AssertServesAsync()
    {
        var name = $"honest-{++_honest}";
        await using var honest = await PeerUnderTest.StartAsync(_directory, name);
        await honest.ConnectAsync(Peer);
        _ = honest.Messages.Send(Peer.Name, "are you well?");
        _ = await Peer.Expect<PeerEvent.MessageReceived>(received =>
            received.Message.Text == "are you well?" && received.Message.From == honest.Name
        );
        _ = Peer.Messages.Send(honest.Name, "very well");
        _ = await honest.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "very well");
    }

    public Task UntilNoLinkIsLeft() =>
        Eventually.True(() => Peer.Links.Count == 0, PeerUnderTest.Soon, "all links are released");

    public async Task<Socket> CallAsync(IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return socket;
    }

    public ValueTask DisposeAsync() => Peer.DisposeAsync();
}
