using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node;

/// <summary>Frames, or any bytes, on a TLS stream.</summary>
internal sealed class RawLink(Socket socket, SslStream stream) : IDisposable
{
    private readonly PipeReader _reader = PipeReader.Create(stream);

    public SslStream Stream { get; } = stream;

    public Task SendHelloAsync(Username name, uint version = 1) =>
        SendAsync(
            new Frame
            {
                Hello = new Hello { Version = version, Username = name.Value },
            }
        );

    public Task SendAsync(Frame frame)
    {
        var buffer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(buffer, frame);
        return SendAsync(buffer.WrittenMemory);
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => Stream.WriteAsync(bytes).AsTask();

    /// <summary>Sends bytes past TLS.</summary>
    public async Task SendBareAsync(ReadOnlyMemory<byte> bytes) => _ = await socket.SendAsync(bytes);

    public Task SendMessageAsync(ulong epoch, ulong sequence, string text, string traceParent = "") =>
        SendAsync(
            new Frame
            {
                Message = new ChatMessage
                {
                    Epoch = epoch,
                    Sequence = sequence,
                    Id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
                    SentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                    Text = text,
                },
                Traceparent = traceParent,
            }
        );

    /// <returns>The next frame; null if the stream ends, however it ends.</returns>
    public async Task<Frame?> ReadAsync()
    {
        using var timeout = new CancellationTokenSource(PeerUnderTest.Soon);
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _reader.ReadAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException("No frame came, and the stream did not end.");
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                return null;
            }

            var buffer = result.Buffer;
            if (FrameCodec.TryRead(ref buffer, out var frame))
            {
                _reader.AdvanceTo(buffer.Start);
                return frame;
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>Reads on to a frame of that kind.</summary>
    public async Task<Frame> ExpectAsync(Frame.BodyOneofCase kind)
    {
        var seen = new List<Frame.BodyOneofCase>();
        while (await ReadAsync() is { } frame)
        {
            if (frame.BodyCase == kind)
            {
                return frame;
            }

            seen.Add(frame.BodyCase);
        }

        throw new InvalidOperationException($"The stream ended without a {kind}, after {string.Join(", ", seen)}.");
    }

    /// <summary>Reads to the end.</summary>
    public async Task<IReadOnlyList<Frame>> ReadToEndAsync()
    {
        var frames = new List<Frame>();
        while (await ReadAsync() is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    public async Task<CloseReason> ExpectCloseAsync() => (await ExpectAsync(Frame.BodyOneofCase.Close)).Close.Reason;

    /// <summary>Ends as a crash does: a reset, and no Close.</summary>
    public void Cut()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose()
    {
        Stream.Dispose();
        socket.Dispose();
    }
}
