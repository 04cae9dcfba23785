using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Hostile;

/// <summary>A running peer that is done harm to, and an honest one that it must serve all the same.</summary>
internal sealed class Victim : IAsyncDisposable
{
    private readonly RestartableDirectory _directory;
    private int _honest;

    private Victim(RestartableDirectory directory, PeerUnderTest peer) => (_directory, Peer) = (directory, peer);

    public PeerUnderTest Peer { get; }

    public int Port => Peer.Listener.Port;

    /// <summary>Accepts everybody, and any number of handshakes, unless told otherwise.</summary>
    public static async Task<Victim> StartAsync(
        RestartableDirectory directory,
        Action<PeerOptions>? change = null,
        TimeProvider? clock = null
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
                clock: clock
            )
        );

    /// <summary>A hostile peer that has been let in, and has said Resume.</summary>
    /// <returns>Its link, and what the victim's own Resume said.</returns>
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

    /// <summary>A peer that does nothing wrong connects, is heard, and hears.</summary>
    public async Task AssertServesAsync()
    {
        var name = $"honest-{++_honest}";
        await using var honest = await PeerUnderTest.StartAsync(_directory, name);
        await honest.ConnectAsync(Peer);
        _ = honest.Node.Send(Peer.Name, "are you well?");
        _ = await Peer.Expect<PeerEvent.MessageReceived>(received =>
            received.Message.Text == "are you well?" && received.Message.From == honest.Name
        );
        _ = Peer.Node.Send(honest.Name, "very well");
        _ = await honest.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "very well");
    }

    public Task UntilNoLinkIsLeft() =>
        Eventually.True(() => Peer.Links.Count == 0, PeerUnderTest.Soon, "all links are given back");

    public async Task<Socket> CallAsync(IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return socket;
    }

    public ValueTask DisposeAsync() => Peer.DisposeAsync();
}
