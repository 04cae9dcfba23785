using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
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
    private readonly UploadFolder _uploads;

    internal FileService(
        SessionTable sessions,
        PeerStore store,
        TransferBook book,
        TransferPolicy policy,
        SealedCopies copies,
        MessageService messages,
        UploadFolder uploads
    )
    {
        (_sessions, _store, _book, _policy) = (sessions, store, book, policy);
        (_copies, _messages, _uploads) = (copies, messages, uploads);
    }

    /// <summary>The download folder; null if this peer is ephemeral and has none.</summary>
    public string? DownloadFolder => _policy.DownloadFolder;

    /// <summary>The newest transfers with all users, newest first.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public IReadOnlyList<FileTransfer> All => SessionTable.Guard(_book.All);

    /// <summary>The newest transfers with a user, newest first.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public IReadOnlyList<FileTransfer> With(Username name) =>
        SessionTable.Guard(() =>
        {
            _ = _store.AfterFlush();
            return _store.Conversations.KeysOf(name).SelectMany(_book.With).ToList();
        });

    /// <summary>Finds a transfer.</summary>
    /// <param name="isOurs">Whether this user has offered it; null for either.</param>
    /// <exception cref="PeerException">There is no such transfer, or the store cannot be read.</exception>
    public FileTransfer Find(Username name, Guid id, bool? isOurs = null) => FindLive(name, id, isOurs).Current;

    internal LiveTransfer FindLive(Username name, Guid id, bool? isOurs) => Find(name, id, isOurs, _book.Find);

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
        _messages.ThrowIfNotAllowed(name);
        _ = Receiver(name);
        var file = await OfferReader.ReadAsync(path, _uploads.DataFolder, mediaType, cancellationToken);
        // That may take minutes, and the session may be another since.
        return await SendAsync(Receiver(name), name, file);
    }

    /// <summary>Checks whether files can be offered to a user, before one is uploaded for that.</summary>
    /// <exception cref="PeerException">They cannot.</exception>
    public void ThrowIfNoReceiver(Username name)
    {
        _messages.ThrowIfNotAllowed(name);
        if (!Receiver(name).Messages.CanSend)
        {
            throw Refusals.NotConnected(name);
        }
    }

    /// <summary>Offers a file that was uploaded.</summary>
    /// <param name="upload">From <see cref="UploadService.ReceiveAsync"/>.</param>
    /// <param name="mediaType">Null for the one that its extension suggests.</param>
    /// <param name="preview">A small PNG, JPEG or WebP picture of it; empty for none.</param>
    /// <exception cref="PeerException">There is no such upload, or the offer cannot be sent.</exception>
    public async Task<FileTransfer> OfferUploadAsync(
        Username name,
        Guid upload,
        string? mediaType,
        ReadOnlyMemory<byte> preview
    )
    {
        var session = Receiver(name);
        var file = _uploads.Take(upload) ?? throw UploadService.Unknown();
        try
        {
            var transfer = await SendAsync(session, name, OfferReader.Of(file, mediaType, preview));
            _uploads.Release(file);
            return transfer;
        }
        catch
        {
            _uploads.Add(file);
            throw;
        }
    }

    /// <summary>Accepts an offer, or resumes a transfer that this user has paused.</summary>
    /// <param name="isOurs">Whether this user has offered it; null for either.</param>
    /// <exception cref="PeerException">There is no such transfer, it has ended, or there is no room for it.</exception>
    public FileTransfer Accept(Username name, Guid id, bool? isOurs = null)
    {
        var (session, transfer) = FindOpen(name, id, isOurs);

        if (transfer.Stored.IsOurs && transfer.Stored.State == TransferState.Offered)
        {
            throw new PeerException(PeerError.FileRefused, $"You have offered this file. {name} can accept it.");
        }

        var isOpen = false;
        if (transfer.Stored.IsOurs)
        {
            isOpen = session.Files.Accept(transfer);
        }
        else if (
            SessionTable.Guard(() =>
                _policy.Accept(transfer.Stored, isWritable => isOpen = session.Files.Accept(transfer, isWritable))
            ) is
            { } reason
        )
        {
            throw new PeerException(PeerError.FileRefused, reason);
        }

        return isOpen ? transfer.Current : throw Ended(transfer);
    }

    /// <summary>Pauses a transfer. <see cref="Accept"/> resumes it.</summary>
    /// <param name="isOurs">Whether this user has offered it; null for either.</param>
    /// <exception cref="PeerException">There is no such transfer, or it is not active.</exception>
    public FileTransfer Pause(Username name, Guid id, bool? isOurs = null)
    {
        var (session, transfer) = FindOpen(name, id, isOurs);
        if (transfer.Stored.State != TransferState.Active && !FolderRetry.IsWaiting(transfer))
        {
            throw new PeerException(
                PeerError.FileRefused,
                transfer.Stored.State == TransferState.Paused
                    ? "This transfer is already paused."
                    : "Only an active transfer can be paused."
            );
        }

        return session.Files.Pause(transfer) ? transfer.Current : throw Ended(transfer);
    }

    /// <summary>Ends a transfer on both sides, or declines an offer.</summary>
    /// <param name="isOurs">Whether this user has offered it; null for either.</param>
    /// <exception cref="PeerException">There is no such transfer, or it has ended.</exception>
    public FileTransfer Cancel(Username name, Guid id, bool? isOurs = null)
    {
        var (session, transfer) = FindOpen(name, id, isOurs);
        return session.Files.Cancel(transfer) ? transfer.Current : throw Ended(transfer);
    }

    private SessionHost Receiver(Username name)
    {
        var session = _sessions.Find(name) ?? throw Refusals.NotConnected(name);
        // Of a peer whose features were never heard, the offer waits: see SessionFiles.
        return session.MayHaveFeature(PeerFeatures.Files)
            ? session
            : throw new PeerException(
                PeerError.FileRefused,
                $"{name} runs a version that cannot receive files. Ask {name} to update it."
            );
    }

    private async Task<FileTransfer> SendAsync(SessionHost session, Username name, HashedFile file)
    {
        var (offer, problem) = await FileSealer.SealAsync(session, file.Offer, file.Path);
        var stored = new StoredTransfer(
            session.Remote,
            name,
            IsOurs: true,
            Guid.CreateVersion7(),
            offer,
            TransferState.Offered,
            TransferProblem.None,
            file.Path
        )
        {
            Stamp = file.Stamp,
        };
        try
        {
            await _store.Transfers.AddAsync(stored, file.Leaves);
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }

        var transfer = _book.Add(stored);
        _sessions.Use(stored.Remote, current => current.Files.TryServe(transfer));
        // Before the message, because its transfer may end as soon as that is sent.
        _copies.Begin(stored);
        try
        {
            _ = await _messages.SendFileAsync(name, stored.Id, offer);
        }
        catch (PeerException)
        {
            _copies.OnRemoved(stored.Remote, isOurs: true, stored.Id);
            _book.Forget(stored);
            await _store.Transfers.DeleteAsync(stored.Remote, stored.Id);
            throw;
        }

        _copies.SetProblem(transfer, problem);
        _book.Publish(transfer);
        return transfer.Current;
    }

    internal LiveTransfer Find(Username name, Guid id, bool? isOurs, Func<PeerId, bool, Guid, LiveTransfer?> find)
    {
        // Looks under all keys of the name, as the history does: former contacts and earlier keys have no session.
        var keys = SessionTable.Guard(() =>
        {
            _ = _store.AfterFlush();
            return _store.Conversations.KeysOf(name);
        });
        if (keys.Count == 0)
        {
            throw Refusals.NoConversation(name);
        }

        var (theirs, ours) = SessionTable.Guard(() =>
            keys.Select(key =>
                    (
                        Theirs: isOurs == true ? null : find(key, false, id),
                        Ours: isOurs == false ? null : find(key, true, id)
                    )
                )
                .FirstOrDefault(found => found.Theirs is not null || found.Ours is not null)
        );
        // The other side chooses the ids of its files, also one of ours.
        return theirs is not null && ours is not null
            ? throw new PeerException(
                PeerError.AmbiguousMessage,
                "Two files have this id, one from each side. Say which one with 'yours'."
            )
            : theirs
                ?? ours
                ?? throw new PeerException(PeerError.UnknownFile, "There is no such file. List the files to see them.");
    }

    private (SessionHost Session, LiveTransfer Transfer) FindOpen(Username name, Guid id, bool? isOurs)
    {
        var transfer = Find(name, id, isOurs, _book.Open);
        // Transfers with a former contact have ended, or are about to.
        return
            !transfer.Stored.HasEnded && _sessions.Find(name) is { } session && session.Remote == transfer.Stored.Remote
            ? (session, transfer)
            : throw Ended(transfer);
    }

    private static PeerException Ended(LiveTransfer transfer) =>
        new(
            PeerError.FileRefused,
            transfer.Stored switch
            {
                { State: TransferState.Completed } => "This file is complete. There is nothing to do.",
                { IsOurs: true } => "This transfer has ended. You can offer the file again.",
                _ => "This transfer has ended. Its sender can offer it again.",
            }
        );
}
