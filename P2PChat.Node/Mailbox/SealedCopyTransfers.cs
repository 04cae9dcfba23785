using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Mailbox;

/// <summary>Uploads, downloads and deletes files at the directory. Each is in memory whole.</summary>
internal sealed partial class SealedCopyTransfers(
    CopyTasks tasks,
    CopyLedger ledger,
    SessionTable sessions,
    Contacts contacts,
    PeerStore store,
    FileStoreClient client,
    ILogger<SealedCopyTransfers> logger
)
{
    private readonly ILogger<SealedCopyTransfers> _logger = logger;

    /// <summary>Does the work, and records its result. A failure pauses the copies that it concerns.</summary>
    /// <exception cref="OperationCanceledException">The work is not needed any more.</exception>
    public async Task RunAsync(CopyTask task, CancellationToken cancellationToken)
    {
        try
        {
            await (
                task.Work switch
                {
                    CopyWork.Upload => UploadAsync(task, cancellationToken),
                    CopyWork.Fetch => FetchAsync(task, cancellationToken),
                    CopyWork.Delete => DeleteAsync(task, cancellationToken),
                    _ => ForgetAsync(task),
                }
            );
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (DirectoryException exception)
        {
            LogFailed(task.Work, exception.Failure);
            tasks.Fail(task, CopyRetryPolicy.Of(exception));
        }
        catch (Exception exception) when (exception is StoreException or PeerException)
        {
            LogNotRead(task.Work, exception.Message);
            tasks.Fail(task, new CopyFailure(CopyProblem.None, MailPause.Of(MailPause.Long), CopyScope.All));
        }
        catch (Exception exception)
        {
            // One copy must not end the work on the others.
            LogUnexpected(task.Work, exception);
            tasks.Fail(task, new CopyFailure(CopyProblem.None, CopyRetryPolicy.UntilTheyAct));
        }
    }

    private async Task UploadAsync(CopyTask task, CancellationToken cancellationToken)
    {
        var (copy, offer) = (task.Copy, task.Transfer!.Offer);
        if (
            FindContact(copy) is not { MailCapability: { } capability } session
            || !session.MayHaveFeature(PeerFeatures.Files)
        )
        {
            tasks.Fail(task, new CopyFailure(CopyProblem.NoMailbox, CopyRetryPolicy.UntilTheyAct, CopyScope.Contact));
            return;
        }

        var isCheck = copy is { State: CopyState.Stored, Until: not null };
        if (isCheck && !task.MustCheck && IsDelivered(copy))
        {
            // Its receiver may have fetched it, and must not get it again.
            tasks.SetStored(task, copy.Until!.Value);
            return;
        }

        var (content, problem) = await ReadAsync(task, cancellationToken);
        if (content is null || offer.Copy is not { } named)
        {
            Report(task, isCheck, problem);
            return;
        }

        using var bytes = new MemoryStream((int)SealedFile.SizeOf(content.Length));
        var info = await SealedFile.SealAsync(new MemoryStream(content), bytes, named.Key.ToArray(), cancellationToken);
        if (!info.Digest.Span.SequenceEqual(named.Digest.Span))
        {
            // Another version of this peer has sealed it differently. Its receiver would have to refuse this.
            Report(task, isCheck, CopyProblem.Changed);
            return;
        }

        if (copy is { Until: not null, Capability: { } used } && !used.Span.SequenceEqual(capability.Span))
        {
            // The directory knows it as that of another contact.
            await client.WithdrawAsync(copy.With, used, copy.Place, cancellationToken);
        }

        // A contact can have changed its name since.
        var name = session.Name ?? copy.With;
        await tasks.BeginUploadAsync(task, name, capability);
        var until = await client.UploadAsync(
            name,
            capability,
            copy.Place,
            bytes,
            info,
            progress: null,
            cancellationToken
        );
        tasks.SetStored(task, until);
    }

    private static async Task<(byte[]? Content, CopyProblem Problem)> ReadAsync(
        CopyTask task,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return task.Transfer!.Path is { } path
                ? (await FileSealer.ReadAsync(task.Transfer.Offer, path, cancellationToken), CopyProblem.Changed)
                : (null, CopyProblem.Unreadable);
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            return (null, CopyProblem.Unreadable);
        }
    }

    private void Report(CopyTask task, bool isCheck, CopyProblem problem)
    {
        if (isCheck)
        {
            // What is at the directory is still right.
            tasks.SetStored(task, task.Copy.Until!.Value);
        }
        else if (problem == CopyProblem.Changed)
        {
            tasks.GiveUp(task, problem);
        }
        else
        {
            // The disk may come back.
            tasks.Fail(task, new CopyFailure(problem, CopyRetryPolicy.UntilTheyAct));
        }
    }

    private async Task FetchAsync(CopyTask task, CancellationToken cancellationToken)
    {
        var offer = task.Transfer!.Offer;
        if (
            FindContact(task.Copy) is not { } session
            || offer.Copy is not { } copy
            || ledger.Open(task.Copy) is not { } transfer
        )
        {
            tasks.Fail(task, new CopyFailure(CopyProblem.None, CopyRetryPolicy.UntilTheyAct));
            return;
        }

        var info = new SealedFileInfo(SealedFile.SizeOf(offer.Size), copy.Digest);
        using var bytes = new MemoryStream((int)info.Size);
        using var plain = new MemoryStream((int)offer.Size);
        try
        {
            await client.DownloadAsync(
                task.Copy.Place,
                bytes,
                info,
                session.Files.Incoming.ProgressOf(transfer),
                cancellationToken
            );
            bytes.Position = 0;
            await SealedFile.OpenAsync(bytes, plain, copy.Key.ToArray(), cancellationToken);
            if (!offer.IsOf(plain.GetBuffer().AsSpan(0, (int)plain.Length)))
            {
                throw new SealedFileException();
            }
        }
        catch (Exception exception)
            when (exception is SealedFileException or DirectoryException { Failure: DirectoryFailure.FileDamaged })
        {
            // The sender or the directory has lied. The file can still come over a link.
            LogMismatched();
            tasks.GiveUp(task, CopyProblem.None);
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        // The download may have outlived the session.
        await SessionOf(task.Copy)
            .Files.Incoming.WriteWholeAsync(transfer, plain.GetBuffer().AsMemory(0, (int)plain.Length), () =>
                tasks.IsOpen(task)
            );
        // Normally it is complete now, and nothing has failed.
        tasks.Fail(task, new CopyFailure(CopyProblem.None, MailPause.Growing));
    }

    private async Task DeleteAsync(CopyTask task, CancellationToken cancellationToken)
    {
        var copy = task.Copy;
        try
        {
            if (!copy.IsOurs)
            {
                await client.DeleteAsync(copy.Place, cancellationToken);
            }
            else if (copy.Capability is { } capability)
            {
                await client.WithdrawAsync(copy.With, capability, copy.Place, cancellationToken);
            }
        }
        catch (DirectoryException exception)
            when (exception.IsUnknownCall || exception.Failure == DirectoryFailure.CapabilityUnknown)
        {
            // Another directory, or an older one, does not have it.
        }

        tasks.SetGone(task);
    }

    private Task ForgetAsync(CopyTask task)
    {
        tasks.SetGone(task);
        return Task.CompletedTask;
    }

    private bool IsDelivered(StoredCopy copy) =>
        store.Messages.Find(copy.Remote, copy.Id)
            is not { State: MessageState.Queued or MessageState.Sent or MessageState.Unconfirmed };

    /// <returns>Null if the peer is not a contact, or is blocked.</returns>
    private SessionHost? FindContact(StoredCopy copy)
    {
        var isContact = SessionTable.Guard(() => store.Conversations.IsContact(copy.Remote));
        return isContact && !contacts.IsBlocked(copy.With, copy.Remote) ? SessionOf(copy) : null;
    }

    private SessionHost SessionOf(StoredCopy copy)
    {
        SessionHost? found = null;
        sessions.Use(copy.Remote, session =>
        {
            lock (session.StateLock)
            {
                found = session;
                return !session.Lifecycle.IsRetired;
            }
        });
        return found!;
    }

    [LoggerMessage(LogLevel.Debug, "Stored file: {Work} failed: {Failure}.")]
    private partial void LogFailed(CopyWork work, DirectoryFailure failure);

    [LoggerMessage(LogLevel.Warning, "Stored file does not match its offer; deleted.")]
    private partial void LogMismatched();

    [LoggerMessage(LogLevel.Warning, "Stored file: {Work} failed because of the store. {Reason}")]
    private partial void LogNotRead(CopyWork work, string reason);

    [LoggerMessage(LogLevel.Error, "Stored file: {Work} failed with an unexpected error.")]
    private partial void LogUnexpected(CopyWork work, Exception exception);
}
