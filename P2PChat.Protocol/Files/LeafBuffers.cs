namespace P2PChat.Protocol.Files;

/// <summary>
/// Buffers for leaves that are used again, because the runtime collects large arrays only in generation 2.
/// Not thread-safe.
/// </summary>
internal sealed class LeafBuffers
{
    private const int MaxKept = FilePuller.Window;

    private readonly Stack<byte[]> _free = new();

    /// <summary>A buffer of the size of a leaf, with any content.</summary>
    public byte[] Rent() =>
        _free.TryPop(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(FileOffer.LeafSize);

    /// <summary>Takes a buffer back that nobody uses any more.</summary>
    public void Return(byte[] buffer)
    {
        if (_free.Count < MaxKept)
        {
            _free.Push(buffer);
        }
    }

    public void Clear() => _free.Clear();
}
