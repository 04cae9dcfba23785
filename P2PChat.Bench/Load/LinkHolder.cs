using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using P2PChat.Bench.Tls;
using P2PChat.Protocol.Wire;

namespace P2PChat.Bench.Load;

/// <summary>Minimal peers that open a link, are accepted, and keep the link open.</summary>
internal sealed class LinkHolder(IPEndPoint directory, IPEndPoint peer) : IDisposable
{
    private readonly List<(BareTls Tls, SslStream Stream)> _links = [];

    /// <summary>Opens links until there are <paramref name="count"/>.</summary>
    public async Task OpenAsync(int count)
    {
        using var connection = await HttpConnection.ConnectAsync(directory);
        var directoryId = await Population.DirectoryIdAsync(directory);
        while (_links.Count < count)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"holder-{_links.Count}-{Environment.TickCount64}");
            var tls = new BareTls("p2pchat/1");
            if (
                await connection.SendAsync(Requests.Register(name, new BenchKey(tls.Key), directoryId, peer))
                is not (200 or 201)
            )
            {
                throw new InvalidOperationException($"The registration of a link's peer failed: {connection.Body}");
            }

            var stream = await tls.ConnectAsync(peer);
            _links.Add((tls, stream));
            await HandshakeAsync(stream, name);
        }
    }

    public void Dispose()
    {
        foreach (var (tls, stream) in _links)
        {
            stream.Dispose();
            tls.Dispose();
        }
    }

    private static async Task HandshakeAsync(SslStream stream, string name)
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(
            writer,
            new Frame
            {
                Hello = new Hello { Version = 1, Username = name },
            }
        );
        FrameCodec.Write(writer, new Frame { Request = new Request() });
        await stream.WriteAsync(writer.WrittenMemory);

        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            var result = await reader.ReadAsync();
            var buffer = result.Buffer;
            while (FrameCodec.TryRead(ref buffer, out var frame))
            {
                if (frame.BodyCase == Frame.BodyOneofCase.Close)
                {
                    throw new InvalidOperationException($"A link was closed: {frame.Close.Reason}");
                }

                if (frame.BodyCase == Frame.BodyOneofCase.Resume)
                {
                    await reader.CompleteAsync();
                    await stream.WriteAsync(ResumeFrame());
                    return;
                }
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                throw new InvalidOperationException("A link was closed before it was accepted.");
            }
        }
    }

    private static ReadOnlyMemory<byte> ResumeFrame()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(
            writer,
            new Frame
            {
                Resume = new Resume { SendEpoch = 1, SendBase = 1 },
            }
        );
        return writer.WrittenMemory;
    }
}
