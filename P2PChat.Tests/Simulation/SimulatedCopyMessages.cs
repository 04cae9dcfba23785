using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Simulation;

/// <summary>What a <see cref="SimulatedCopyPeer"/> does when it sends and receives messages.</summary>
internal sealed class SimulatedCopyMessages(SimulatedCopyPeer peer, string folder, Username other)
{
    /// <summary>Offers a file.</summary>
    /// <param name="crashesAfter">The number of steps after which the process ends; more than 1 for not at all.</param>
    public void Offer(SimulatedCopyFile file, int crashesAfter)
    {
        var path = Path.Combine(folder, $"file-{file.Number}");
        File.WriteAllBytes(path, file.Content);
        var hashed = OfferReader.ReadAsync(path, dataFolder: null, mediaType: null, default).GetAwaiter().GetResult();
        var (offer, problem) = FileSealer.SealAsync(peer.Session, hashed.Offer, path).GetAwaiter().GetResult();
        Assert.Equal(CopyProblem.None, problem);
        var stored = new StoredTransfer(
            peer.Remote,
            other,
            IsOurs: true,
            file.Id,
            offer,
            TransferState.Offered,
            TransferProblem.None,
            path
        )
        {
            Stamp = hashed.Stamp,
        };
        file.Offer = offer;
        peer.Store.Transfers.AddAsync(stored, hashed.Leaves).GetAwaiter().GetResult();
        if (crashesAfter == 0)
        {
            peer.Crash();
            return;
        }

        Queue(
            file.Sequence,
            new OutgoingMessage(file.Id, "file", peer.Clock.GetUtcNow()) { Content = new MessageContent.File(offer) }
        );
        file.IsSent = true;
        if (crashesAfter == 1)
        {
            peer.Crash();
            return;
        }

        _ = peer.Book.Add(stored);
        peer.Copies.Begin(stored);
    }

    /// <summary>Deletes its message with an offer for everyone.</summary>
    public void Delete(SimulatedCopyFile file, ulong sequence)
    {
        var message = new OutgoingMessage(Guid.CreateVersion7(), "", peer.Clock.GetUtcNow())
        {
            Content = new MessageContent.Delete(file.Id),
        };
        Queue(sequence, message);
        Removed(file, isOurs: true);
    }

    /// <summary>The other side has all messages below a sequence.</summary>
    public void Acknowledged(ulong next) =>
        peer.Write(new Change.Acknowledged(SimulatedCopyPeer.Epoch, next, ItemChecksum.Unknown));

    /// <summary>Receives an offer.</summary>
    /// <param name="crashes">Whether the process ends before it is handled.</param>
    public void Receive(SimulatedCopyFile file, bool crashes)
    {
        Receive(file.Id, file.Sequence, new MessageContent.File(file.Offer!));
        if (crashes)
        {
            peer.Crash();
            return;
        }

        peer.Session.Files.Changes.OnOffered(file.Id);
        peer.AfterWork();
    }

    /// <summary>Receives a deletion.</summary>
    public void ReceiveDeletion(SimulatedCopyFile file, ulong sequence)
    {
        Receive(Guid.CreateVersion7(), sequence, new MessageContent.Delete(file.Id));
        Removed(file, isOurs: false);
    }

    private void Queue(ulong sequence, OutgoingMessage message) =>
        peer.Write(new Change.Queued(SimulatedCopyPeer.Epoch, sequence, message, Sent: true));

    private void Receive(Guid id, ulong sequence, MessageContent content) =>
        peer.Write(
            new Change.Received(
                SimulatedCopyPeer.Epoch,
                sequence + 1,
                [
                    new IncomingMessage(
                        id,
                        "",
                        peer.Clock.GetUtcNow(),
                        traceParent: null,
                        SimulatedCopyPeer.Epoch,
                        sequence
                    )
                    {
                        Content = content,
                    },
                ]
            )
        );

    private void Removed(SimulatedCopyFile file, bool isOurs)
    {
        peer.Session.Files.Changes.OnRemoved(file.Id, isOurs);
        peer.AfterWork();
    }
}
