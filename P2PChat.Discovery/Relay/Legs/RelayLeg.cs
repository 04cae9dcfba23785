using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Relay.Legs;

/// <summary>One peer's side of a relay session. Forwards what the peer sends to the other leg.</summary>
/// <param name="transport">The connection's bytes after the upgrade.</param>
internal sealed class RelayLeg(IDuplexPipe transport, RelayRate rate)
{
    private const byte FinalClose = 0x88;

    private readonly FrameForwarder _frames = new();
    private long _bytes;

    /// <summary>Bytes that the peer has sent.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>
    /// Forwards until one of the ends is closed. Neither buffers more than the connections themselves do: a slow reader
    /// stops the sender.
    /// </summary>
    /// <returns>Why it has ended.</returns>
    /// <exception cref="OperationCanceledException">The session has ended.</exception>
    /// <exception cref="IOException">A connection was lost.</exception>
    public async Task<RelayClose> ForwardAsync(RelayLeg other, RelaySession session)
    {
        var (input, output, ended) = (transport.Input, other.Output, session.Ended);
        while (true)
        {
            var read = await input.ReadAsync(ended);
            var source = read.Buffer;
            var length = source.Length;
            SequencePosition forwarded;
            try
            {
                forwarded = _frames.Forward(source, output);
            }
            catch (InvalidDataException)
            {
                input.AdvanceTo(source.End);
                return RelayClose.BadFrame;
            }

            length -= source.Slice(forwarded).Length;
            input.AdvanceTo(forwarded, source.End);
            Volatile.Write(ref _bytes, _bytes + length);
            var flushed = await output.FlushAsync(ended);
            if (read.IsCompleted || flushed.IsCompleted)
            {
                return RelayClose.PeerLeft;
            }

            if (session.HasTooManyBytes)
            {
                return RelayClose.TooManyBytes;
            }

            if (rate.Spend(length) is { Ticks: > 0 } pause)
            {
                await Task.Delay(pause, rate.TimeProvider, ended);
            }
        }
    }

    /// <summary>
    /// Ends the stream to this leg's peer: with a close frame, or within another frame by closing the connection.
    /// </summary>
    /// <param name="sender">The leg that has forwarded to this one; null if there is none.</param>
    public async Task CloseAsync(RelayLeg? sender, RelayClose reason, CancellationToken cancellationToken)
    {
        if (sender is null or { _frames: { IsBetweenFrames: true, HasClosed: false } })
        {
            await CloseAsync(Output, reason, cancellationToken);
        }
    }

    /// <summary>Sends a close frame, the last frame of a leg.</summary>
    public static async Task CloseAsync(PipeWriter output, RelayClose reason, CancellationToken cancellationToken)
    {
        Write(output, reason);
        _ = await output.FlushAsync(cancellationToken);
    }

    /// <summary>Reads and drops everything until the peer closes the connection.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => DrainAsync(transport.Input, cancellationToken);

    /// <inheritdoc cref="DrainAsync(CancellationToken)"/>
    public static async Task DrainAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private PipeWriter Output => transport.Output;

    // 88 02 <status code>
    private static void Write(PipeWriter output, RelayClose reason)
    {
        Span<byte> frame = [FinalClose, sizeof(ushort), 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)reason);
        output.Write(frame);
    }
}
