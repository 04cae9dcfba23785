namespace P2PChat.Node.Sessions;

/// <summary>Records the progress of a file that comes by way of the directory.</summary>
internal sealed class TransferProgress(TransferBook book, LiveTransfer transfer) : IProgress<long>
{
    // A sealed file is a little larger.
    public void Report(long value) => book.Advance(transfer, Math.Min(value, transfer.Stored.Offer.Size));
}
