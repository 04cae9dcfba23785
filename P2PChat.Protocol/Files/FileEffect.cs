using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Files;

/// <summary>
/// An action that <see cref="FilePuller"/> or <see cref="FileServer"/> asks its caller for, in order.
/// </summary>
public abstract record FileEffect
{
    private FileEffect() { }

    /// <summary>Write the frame to the conversation's link.</summary>
    public sealed record Transmit(Frame Frame) : FileEffect;

    /// <summary>
    /// Append a verified leaf to the temporary file. The data is valid until the call that must follow:
    /// <see cref="FilePuller.Written"/> or <see cref="FilePuller.Remove"/>.
    /// </summary>
    public sealed record WriteLeaf(Guid Id, long Leaf, ReadOnlyMemory<byte> Data) : FileEffect;

    /// <summary>All leaves are written and make up the file that was offered.</summary>
    public sealed record Completed(Guid Id) : FileEffect;

    /// <summary>The file on this side's disk is damaged. Pull it again from the start.</summary>
    public sealed record Damaged(Guid Id) : FileEffect;

    /// <summary>The other side has sent data that does not match its offer. The transfer has ended.</summary>
    public sealed record Mismatched(Guid Id) : FileEffect;

    /// <summary>The other side stopped the transfer. It has ended, unless it is paused.</summary>
    public sealed record Stopped(Guid Id, FileStopReason Reason) : FileEffect;

    /// <summary>
    /// Read a leaf into the buffer, then call <see cref="FileServer.Read"/>, or <see cref="FileServer.Failed"/> if it
    /// cannot be read.
    /// </summary>
    public sealed record ReadLeaf : FileEffect
    {
        internal ReadLeaf(Guid id, long leaf, byte[] buffer) => (Id, Leaf, Buffer) = (id, leaf, buffer);

        public Guid Id { get; }

        public long Leaf { get; }

        internal byte[] Buffer { get; }

        /// <summary>Has the size of a leaf that is not the last.</summary>
        public Memory<byte> Memory => Buffer;
    }

    /// <summary>The receiver has decided about this side's offer, or has the whole file.</summary>
    public sealed record Decided(Guid Id, FileDecisionKind Decision) : FileEffect;
}
