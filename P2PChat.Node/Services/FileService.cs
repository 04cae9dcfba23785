using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Services;

/// <summary>Offers files to other users, and accepts, pauses, ends and saves what they offer. Thread-safe.</summary>
public sealed class FileService
{
    private readonly SessionTable _sessions;
    private readonly PeerStore _store;
    private readonly TransferBook _book;
    private readonly TransferPolicy _policy;
    private readonly SealedCopies _copies;
    private readonly MessageService _messages;

    internal FileService(
        SessionTable sessions,
        PeerStore store,
        TransferBook book,
        TransferPolicy policy,
        SealedCopies copies,
        MessageService messages
    )
    {
        (_sessions, _store, _book, _policy) = (sessions, store, book, policy);
        (_copies, _messages) = (copies, messages);
    }

    /// <summary>The newest transfers with all users, newest first.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public IReadOnlyList<FileTransfer> All => SessionTable.Guard(_book.All);

    /// <summary>
    /// Offers a file. It is sent while both are connected, once the other user has accepted, and must stay where it is
    /// until then.
    /// </summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="mediaType">Null for the one that its extension suggests.</param>
    /// <exception cref="PeerException">
    /// The file cannot be read or is too large, or the offer cannot be sent.
    /// </exception>
    public async Task<FileTransfer> OfferAsync(
        Username name,
        string path,
        string? mediaType,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(path);
        var session = _sessions.Find(name) ?? throw Refusals.NotConnected(name);
        if (session.Relation == Relation.Connected && !session.HasFeature(PeerFeatures.Files))
        {
            throw new PeerException(
                PeerError.FileRefused,
                $"{name} runs a version that cannot receive files. Ask {name} to update it."
            );
        }

        var (read, tree) = await ReadAsync(path, mediaType, cancellationToken);
        var (offer, problem) = await SealAsync(session, read, path, cancellationToken);
        var stored = new StoredTransfer(
            session.Remote,
            name,
            IsOurs: true,
            Guid.CreateVersion7(),
            offer,
            TransferState.Offered,
            TransferProblem.None,
            path
        );
        try
        {
            await _store.Transfers.AddAsync(stored, tree.Leaves.ToArray());
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }

        var transfer = _book.Get(stored);
        session.Files.Serve(transfer, tree);
        try
        {
            _ = await _messages.SendFileAsync(name, stored.Id, offer);
        }
        catch (PeerException)
        {
            _book.Forget(stored);
            await _store.Transfers.DeleteAsync(stored.Remote, stored.Id);
            throw;
        }

        _copies.Begin(stored);
        _copies.Refuse(transfer, problem);
        _book.Publish(transfer);
        return transfer.Current;
    }

    /// <summary>Accepts an offer, or goes on with a transfer that this user has paused.</summary>
    /// <exception cref="PeerException">There is no such transfer, it has ended, or there is no room for it.</exception>
    public FileTransfer Accept(Username name, Guid id)
    {
        var (session, transfer) = FindOpen(name, id);
        if (!transfer.Stored.IsOurs && _policy.WhyNot(transfer.Stored) is { } reason)
        {
            throw new PeerException(PeerError.FileRefused, reason);
        }

        if (transfer.Stored.IsOurs && transfer.Stored.State == TransferState.Offered)
        {
            throw new PeerException(PeerError.FileRefused, $"You have offered this file. {name} can accept it.");
        }

        session.Files.Accept(transfer);
        return transfer.Current;
    }

    /// <summary>Pauses a transfer. <see cref="Accept"/> goes on with it.</summary>
    /// <exception cref="PeerException">There is no such transfer, or it is not active.</exception>
    public FileTransfer Pause(Username name, Guid id)
    {
        var (session, transfer) = FindOpen(name, id);
        if (transfer.Stored.State != TransferState.Active)
        {
            throw new PeerException(PeerError.FileRefused, "Only a transfer that is under way can be paused.");
        }

        session.Files.Pause(transfer);
        return transfer.Current;
    }

    /// <summary>Ends a transfer on both sides, or declines an offer.</summary>
    /// <exception cref="PeerException">There is no such transfer, or it has ended.</exception>
    public FileTransfer Cancel(Username name, Guid id)
    {
        var (session, transfer) = FindOpen(name, id);
        session.Files.Cancel(transfer);
        return transfer.Current;
    }

    /// <summary>Opens a received file to read it.</summary>
    /// <exception cref="PeerException">It is not complete, or cannot be read.</exception>
    public (FileTransfer Transfer, FileStream Content) Open(Username name, Guid id)
    {
        var transfer = Find(name, id).Current;
        if (transfer is not { IsOurs: false, State: TransferState.Completed, Path: { } path })
        {
            throw new PeerException(
                PeerError.FileRefused,
                "This file has not been received yet. Wait until it is complete."
            );
        }

        try
        {
            return (transfer, TransferDisk.Open(path));
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            throw new PeerException(
                PeerError.FileRefused,
                $"{path} cannot be read. It may have been moved or deleted. Ask {name} to send it again."
            );
        }
    }

    /// <summary>Copies a received file.</summary>
    /// <param name="path">An absolute path: of a folder, or of a file that does not exist yet.</param>
    /// <returns>The path of the copy.</returns>
    /// <exception cref="PeerException">It is not complete, or cannot be copied there.</exception>
    public async Task<string> SaveAsync(Username name, Guid id, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        var (transfer, content) = Open(name, id);
        await using (content)
        {
            var target = Directory.Exists(path) ? Path.Combine(path, transfer.Name) : path;
            var isCreated = false;
            try
            {
                await using var copy = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
                isCreated = true;
                await content.CopyToAsync(copy, cancellationToken);
                return target;
            }
            catch (Exception exception) when (TransferDisk.IsFailure(exception))
            {
                if (isCreated)
                {
                    File.Delete(target);
                }

                throw new PeerException(
                    PeerError.FileRefused,
                    isCreated || !Path.Exists(target)
                        ? $"{target} cannot be written. Check the folder and the space on its disk."
                        : $"{target} exists already. Give another path."
                );
            }
        }
    }

    private static async Task<(FileOffer Offer, MerkleTree Tree)> ReadAsync(
        string path,
        string? mediaType,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var file = TransferDisk.Open(path);
            var size = file.Length;
            if (size > FileOffer.MaxSize)
            {
                throw new PeerException(
                    PeerError.FileRefused,
                    $"A file has at most {FallbackText.SizeOf(FileOffer.MaxSize)}. Split it, or send a part of it."
                );
            }

            var leaves = new byte[FileOffer.LeavesOf(size) * MerkleTree.HashSize];
            var buffer = new byte[FileOffer.LeafSize];
            for (var leaf = 0; leaf * MerkleTree.HashSize < leaves.Length; leaf++)
            {
                var read = await file.ReadAtLeastAsync(
                    buffer,
                    (int)Math.Min(buffer.Length, size - (long)leaf * buffer.Length),
                    throwOnEndOfStream: true,
                    cancellationToken
                );
                MerkleTree.HashLeaf(buffer.AsSpan(0, read)).CopyTo(leaves, leaf * MerkleTree.HashSize);
            }

            var tree = new MerkleTree(leaves);
            var name = FileName.MakeSafe(Path.GetFileName(path));
            return (new FileOffer(name, size, tree.Root, mediaType ?? MediaTypes.Of(name)), tree);
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception) || exception is ArgumentException)
        {
            throw new PeerException(
                PeerError.FileRefused,
                $"{path} cannot be read. Check the path, and that this peer's user may read the file."
            );
        }
    }

    private static async Task<(FileOffer Offer, CopyProblem Problem)> SealAsync(
        SessionHost session,
        FileOffer offer,
        string path,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await SealedCopies.SealAsync(session, offer, path, cancellationToken);
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            // It has changed since it was hashed. Its transfer will find that out.
            return (offer, CopyProblem.None);
        }
    }

    private LiveTransfer Find(Username name, Guid id)
    {
        var session = _sessions.Find(name) ?? throw Refusals.NoConversation(name);
        return SessionTable.Guard(() =>
            _book.Find(session.Remote, isOurs: false, id) ?? _book.Find(session.Remote, isOurs: true, id)
        ) ?? throw new PeerException(PeerError.UnknownFile, "There is no such file. List the files to see them.");
    }

    private (SessionHost Session, LiveTransfer Transfer) FindOpen(Username name, Guid id)
    {
        var transfer = Find(name, id);
        if (transfer.Current.HasEnded)
        {
            throw new PeerException(PeerError.FileRefused, "This transfer has ended. Offer the file again.");
        }

        return (_sessions.Find(name)!, transfer);
    }
}
