using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Uploads files for contacts that are away to the directory, and fetches those that wait there for this peer. One
/// after the other, because each is in memory whole.
/// </summary>
internal sealed partial class SealedCopyService(
    SealedCopies copies,
    SessionTable sessions,
    FileStoreClient client,
    DirectoryRegistration registration,
    PeerTimers timers,
    TimeProvider timeProvider,
    SteadyClock steadyClock,
    ILogger<SealedCopyService> logger
) : BackgroundService
{
    private static readonly TimeSpan TimeToFlush = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);

    private readonly ILogger<SealedCopyService> _logger = logger;
    private DateTimeOffset? _due;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var bounded = new CancellationTokenSource(TimeToFlush, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bounded.Token, cancellationToken);
        try
        {
            // What this peer has offered, before it is away itself.
            await RunAsync(evenIfNotDue: true, either.Token);
        }
        catch (OperationCanceledException)
        {
            // The next start continues.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        registration.Created += copies.OnDirectoryLost;
        try
        {
            await LoopAsync(stoppingToken);
        }
        finally
        {
            registration.Created -= copies.OnDirectoryLost;
        }
    }

    private async Task LoopAsync(CancellationToken stoppingToken)
    {
        var isLoaded = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isLoaded)
                {
                    copies.Load();
                    isLoaded = true;
                }

                await RunAsync(evenIfNotDue: false, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is StoreException or PeerException)
            {
                LogNotRead(exception.Message);
                _due = steadyClock.GetUtcNow() + MailPause.Long;
            }

            await timers.Copies.WaitAsync(UntilDue, stoppingToken);
        }
    }

    private TimeSpan UntilDue() => _due - steadyClock.GetUtcNow() ?? TimeSpan.MaxValue;

    private async Task RunAsync(bool evenIfNotDue, CancellationToken cancellationToken)
    {
        _due = null;
        foreach (var (job, work) in copies.Open(timeProvider.GetUtcNow()))
        {
            var isNeeded = work is CopyWork.Delete or CopyWork.Forget;
            var session = SessionOf(job);
            if (!isNeeded && session.Relation == Relation.Connected)
            {
                // The link carries it. When it ends, this loop is woken.
                continue;
            }

            if (job.Due <= steadyClock.GetUtcNow() || (evenIfNotDue && job.Failures == 0))
            {
                await TryAsync(job, work, session, cancellationToken);
            }

            // After each of them there may be more to do.
            _due = _due < job.Due ? _due : job.Due;
        }
    }

    private SessionHost SessionOf(SealedCopyJob job)
    {
        SessionHost? found = null;
        sessions.Use(job.Remote, session => (found = session) is not null);
        return found!;
    }

    private async Task TryAsync(
        SealedCopyJob job,
        CopyWork work,
        SessionHost session,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await (
                work switch
                {
                    CopyWork.Upload => UploadAsync(job, session, cancellationToken),
                    CopyWork.Fetch => FetchAsync(job, session, cancellationToken),
                    CopyWork.Delete => DeleteAsync(job, session, cancellationToken),
                    _ => ForgetAsync(job),
                }
            );
        }
        catch (DirectoryException exception)
        {
            LogFailed(work, exception.Failure);
            var (problem, pause) = ProblemOf(exception);
            copies.Fail(job, problem, pause);
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            // The file has been moved or deleted. Its transfer finds that out when it is asked for.
            copies.Set(job, CopyState.None);
        }
    }

    private async Task UploadAsync(SealedCopyJob job, SessionHost session, CancellationToken cancellationToken)
    {
        var transfer = job.Transfer!;
        if (session.MailCapability is not { } capability)
        {
            copies.Fail(job, CopyProblem.None, MailPause.GrowingTo(LongestPause));
            return;
        }

        if (
            transfer.Offer.Copy is not { } copy
            || await SealedCopies.ReadAsync(transfer.Offer, transfer.Path!, cancellationToken) is not { } content
        )
        {
            copies.Set(job, CopyState.None);
            return;
        }

        using var bytes = new MemoryStream((int)SealedFile.SizeOf(content.Length));
        var info = await SealedFile.SealAsync(new MemoryStream(content), bytes, copy.Key.ToArray(), cancellationToken);
        var until = await client.UploadAsync(
            job.Stored.With,
            capability,
            job.Stored.Place,
            bytes,
            info,
            progress: null,
            cancellationToken
        );
        copies.Set(job, CopyState.Stored, until);
    }

    private async Task FetchAsync(SealedCopyJob job, SessionHost session, CancellationToken cancellationToken)
    {
        var offer = job.Transfer!.Offer;
        if (copies.Find(job) is not { } transfer || offer.Copy is not { } copy)
        {
            copies.Set(job, CopyState.None);
            return;
        }

        var info = new SealedFileInfo(SealedFile.SizeOf(offer.Size), copy.Digest);
        using var bytes = new MemoryStream();
        using var plain = new MemoryStream();
        try
        {
            await client.DownloadAsync(
                job.Stored.Place,
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
            // The sender or the directory has lied. The file can still come over a connection.
            LogMismatched();
            await client.DeleteAsync(job.Stored.Place, cancellationToken);
            copies.Set(job, CopyState.None);
            return;
        }

        // Normally it is complete after this, and the next round deletes the copy.
        copies.Fail(job, CopyProblem.None, MailPause.Growing);
        await session.Files.Incoming.TakeWholeAsync(transfer, plain.GetBuffer().AsMemory(0, (int)plain.Length));
    }

    private async Task DeleteAsync(SealedCopyJob job, SessionHost session, CancellationToken cancellationToken)
    {
        if (job.Stored.State != CopyState.None)
        {
            if (!job.Stored.IsOurs)
            {
                await client.DeleteAsync(job.Stored.Place, cancellationToken);
            }
            else if (session.MailCapability is { } capability)
            {
                await client.WithdrawAsync(job.Stored.With, capability, job.Stored.Place, cancellationToken);
            }
        }

        copies.Set(job, CopyState.None);
    }

    private Task ForgetAsync(SealedCopyJob job)
    {
        copies.Set(job, CopyState.None);
        return Task.CompletedTask;
    }

    private static (CopyProblem Problem, MailPause Pause) ProblemOf(DirectoryException exception) =>
        exception.Failure switch
        {
            DirectoryFailure.FilesNotStored => (CopyProblem.NotStored, MailPause.Of(MailPause.Long)),
            DirectoryFailure.FileStoreFull => (
                CopyProblem.DirectoryFull,
                MailPause.Of(exception.RetryAfter ?? MailPause.Long)
            ),
            DirectoryFailure.MailboxFull => (
                CopyProblem.MailboxFull,
                MailPause.Of(exception.RetryAfter ?? MailPause.Long)
            ),
            // It may not have been uploaded yet.
            DirectoryFailure.UnknownFile => (CopyProblem.None, MailPause.GrowingTo(LongestPause)),
            DirectoryFailure.CapabilityUnknown => (CopyProblem.None, MailPause.GrowingTo(LongestPause)),
            DirectoryFailure.Unreachable when exception.RetryAfter is { } wait => (
                CopyProblem.Unreachable,
                MailPause.Of(wait)
            ),
            DirectoryFailure.Unreachable or DirectoryFailure.LeaseGone => (CopyProblem.Unreachable, MailPause.Growing),
            _ => (CopyProblem.Unreachable, MailPause.GrowingTo(LongestPause)),
        };

    [LoggerMessage(LogLevel.Debug, "A file at the directory: {Work} failed, {Failure}.")]
    private partial void LogFailed(CopyWork work, DirectoryFailure failure);

    [LoggerMessage(LogLevel.Warning, "A file at the directory is not the one that was offered. It was deleted.")]
    private partial void LogMismatched();

    [LoggerMessage(LogLevel.Warning, "The files at the directory cannot be looked up in the store. {Reason}")]
    private partial void LogNotRead(string reason);
}
