using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node;

/// <summary>A link of a <see cref="RawPeer"/>, which can carry any frames or bytes.</summary>
internal sealed class RawLink(Socket socket, SslStream stream) : IDisposable
{
    /// <summary>The epoch in which a raw peer sends, unless a test says otherwise.</summary>
    public const ulong Epoch = 7;

    private readonly PipeReader _reader = PipeReader.Create(stream);

    public SslStream Stream { get; } = stream;

    public Task SendHelloAsync(Username name, uint version = 1, params string[] features) =>
        SendAsync(
            new Frame
            {
                Hello = new Hello
                {
                    Version = version,
                    Username = name.Value,
                    Features = { features },
                },
            }
        );

    /// <summary>Waits for the peer's Resume, and answers with one for <see cref="Epoch"/>.</summary>
    /// <returns>The peer's Resume.</returns>
    public async Task<Resume> ResumeAsync()
    {
        var theirs = (await ExpectAsync(Frame.BodyOneofCase.Resume)).Resume;
        await SendResumeAsync();
        return theirs;
    }

    public Task SendResumeAsync(ulong epoch = Epoch) =>
        SendAsync(
            new Frame
            {
                Resume = new Resume { SendEpoch = epoch, SendBase = 1 },
            }
        );

    public Task SendAsync(Frame frame)
    {
        var buffer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(buffer, frame);
        return SendAsync(buffer.WrittenMemory);
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => Stream.WriteAsync(bytes).AsTask();

    /// <summary>Sends bytes on the socket, below TLS.</summary>
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
                throw new TimeoutException("No frame arrived, and the stream did not end.");
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
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

    /// <summary>Reads up to the next frame of that kind.</summary>
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

    /// <summary>Reads until the stream ends.</summary>
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

    /// <summary>Resets the connection without a Close, like a crash.</summary>
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
