using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Discovery;

namespace P2PChat.Tests.Node.Links;

/// <summary>The shutdown of TLS, which SslStream does not guard against a read in progress.</summary>
public sealed class LinkEndTests : IDisposable
{
    // If TLS is shut down during a read, about one link in fifty breaks.
    private const int Links = 600;

    // Enough to be in flight when the link ends, and few enough to be read soon.
    private const int MaxFrames = 300;

    private readonly PeerIdentity _identity = PeerIdentity.Create();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LogCapture _log = new();

    [Fact]
    public async Task Link_closed_while_the_other_side_sends_ends_cleanly()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        using var raw = new RawPeer("talkative");
        for (var i = 0; i < Links; i++)
        {
            var accepting = _listener.AcceptAsync();
            var dialling = raw.DialAsync(((IPEndPoint)_listener.LocalEndPoint!).Port);
            var link = LinkOn(
                await TlsChannel.AuthenticateAsync(
                    ChannelTransport.Over(await accepting),
                    TlsRole.Server,
                    _identity,
                    null,
                    CancellationToken.None
                )
            );
            using var other = await dialling;
            var reading = Task.Run(other.ReadToEndAsync);
            var sending = SendUntilAsync(other, reading);
            link.Start(new LinkHandlers(_ => { }, _ => { }, (_, _) => { }));
            Thread.SpinWait(Random.Shared.Next(20_000));

            link.Close(CloseReason.Ended);

            Assert.Equal(
                [Frame.BodyOneofCase.Close],
                (await reading).Select(frame => frame.BodyCase).Where(kind => kind != Frame.BodyOneofCase.Pong)
            );
            await sending;
            other.Dispose();
            await link.Completion.WaitAsync(PeerUnderTest.Soon);
        }

        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task Invalid_TLS_record_ends_the_link_without_an_error_log()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        using var raw = new RawPeer("garbled");
        var accepting = _listener.AcceptAsync();
        var dialling = raw.DialAsync(((IPEndPoint)_listener.LocalEndPoint!).Port);
        var link = LinkOn(
            await TlsChannel.AuthenticateAsync(
                ChannelTransport.Over(await accepting),
                TlsRole.Server,
                _identity,
                null,
                CancellationToken.None
            )
        );
        using var other = await dialling;
        link.Start(new LinkHandlers(_ => { }, _ => { }, (_, _) => { }));

        // The header of an application data record, with content that cannot be decrypted.
        await other.SendBareAsync(
            new byte[] { 23, 3, 3, 0, 20 }
                .Concat(new byte[20])
                .ToArray()
        );

        await link.Completion.WaitAsync(PeerUnderTest.Soon);
        Assert.Empty(_log.Warnings);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
        _identity.Dispose();
        _log.Dispose();
    }

    private Link LinkOn(TlsChannel channel) =>
        new(
            1,
            channel,
            isRequester: false,
            TimeProvider.System.GetUtcNow(),
            slot: null,
            new LinkOptions
            {
                PingAfter = PeerUnderTest.Soon,
                DeadAfter = 2 * PeerUnderTest.Soon,
                AnswerTimeout = TimeSpan.FromSeconds(6),
                WriteTimeout = PeerUnderTest.Soon,
                ProbeTimeout = TimeSpan.FromSeconds(3),
            },
            new PeerMetrics(_services.GetRequiredService<IMeterFactory>()),
            TimeProvider.System,
            _log.CreateLogger("link"),
            () => { }
        );

    private static async Task SendUntilAsync(RawLink link, Task ended)
    {
        var typing = new Frame { Typing = new Typing { Active = true } };
        try
        {
            for (var sent = 0; sent < MaxFrames && !ended.IsCompleted; sent++)
            {
                await link.SendAsync(typing);
            }
        }
        catch (IOException)
        {
            // The link has ended.
        }
    }
}
