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

/// <summary>The end of TLS, which the platform does not guard against what is read meanwhile.</summary>
public sealed class LinkEndTests : IDisposable
{
    // Where the end is said while a read is under way, one in some fifty ends breaks.
    private const int Ends = 600;

    // Enough to be on their way when the link ends, and few enough to be read soon.
    private const int FramesAtMost = 300;

    private readonly PeerIdentity _identity = PeerIdentity.Create();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LogCapture _log = new();

    [Fact]
    public async Task A_link_that_ends_while_the_other_side_sends_ends_as_it_should()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        using var raw = new RawPeer("talkative");
        for (var end = 0; end < Ends; end++)
        {
            var accepting = _listener.AcceptAsync();
            var dialling = raw.DialAsync(((IPEndPoint)_listener.LocalEndPoint!).Port);
            var link = LinkOn(await TlsChannel.AcceptAsync(await accepting, _identity, CancellationToken.None));
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
    public async Task Bytes_that_are_not_of_TLS_end_a_link_and_are_no_fault_of_this_peers()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        using var raw = new RawPeer("garbled");
        var accepting = _listener.AcceptAsync();
        var dialling = raw.DialAsync(((IPEndPoint)_listener.LocalEndPoint!).Port);
        var link = LinkOn(await TlsChannel.AcceptAsync(await accepting, _identity, CancellationToken.None));
        using var other = await dialling;
        link.Start(new LinkHandlers(_ => { }, _ => { }, (_, _) => { }));

        // What says that it is a record with data of the application, and does not decrypt.
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
            isOutbound: false,
            TimeProvider.System.GetUtcNow(),
            slot: null,
            new LinkOptions
            {
                PingAfter = PeerUnderTest.Soon,
                DeadAfter = 2 * PeerUnderTest.Soon,
                WriteTimeout = PeerUnderTest.Soon,
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
            for (var sent = 0; sent < FramesAtMost && !ended.IsCompleted; sent++)
            {
                await link.SendAsync(typing);
            }
        }
        catch (IOException)
        {
            // It has ended.
        }
    }
}
