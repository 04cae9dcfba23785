using System.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// The only loop that changes rooms. Handles all pending work, saves the changes in one transaction, and then executes
/// the effects, so that a crash never undoes anything that others have seen.
/// </summary>
internal sealed partial class RoomWorker(
    RoomQueue queue,
    RoomBook book,
    RoomInputs inputs,
    RoomLinks links,
    RoomOutputs outputs,
    RoomDelivery delivery,
    RoomBlocks blocks,
    RoomAcquaintances acquaintances,
    RoomCatchUps catchUps,
    PeerStore store,
    SteadyClock steadyClock,
    ILogger<RoomWorker> logger
) : BackgroundService
{
    private const int MaxInputs = 256;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private readonly ILogger<RoomWorker> _logger = logger;
    private readonly RoomTimers _timers = new(book, links, catchUps, delivery);
    private DateTimeOffset? _nextRetry;
    private bool _hasFailed;

    // Inputs of failed steps, to be repeated.
    private readonly HashSet<RoomInput> _unrepeated = [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            lock (book.Gate)
            {
                book.Load();
            }

            blocks.Start();
        }
        catch (StoreException exception)
        {
            throw new PeerStartException(exception.Message, exception);
        }

        // What an earlier process has not handled.
        queue.Arrived();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Close();
        await base.StopAsync(cancellationToken);
        while (queue.TryTake(out var input))
        {
            if (input is RoomInput.Command { What: IRoomCommand command })
            {
                command.Complete(StoreException.Ended());
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        try
        {
            outputs.Begin();
            await StepAsync(TouchAll);
            // Not before: an acquaintance may still have to be told that it was removed.
            acquaintances.Update();
            while (await WaitAsync(stoppingToken))
            {
                await StepAsync(Gather);
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    // Own events that may not be in all outboxes go out again: the machines have said so when they started.
    private void TouchAll(RoomWork work)
    {
        lock (book.Gate)
        {
            book.All.ToList().ForEach(room => _ = work.Touch(room));
        }
    }

    /// <returns>False once the queue is closed.</returns>
    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? deadline;
        lock (book.Gate)
        {
            deadline = _timers.Deadline(steadyClock.GetUtcNow());
        }

        if (_nextRetry is { } retry)
        {
            deadline = deadline < retry ? deadline : retry;
        }

        if (deadline is not { } due)
        {
            return await queue.WaitAsync(cancellationToken);
        }

        var left = due - steadyClock.GetUtcNow();
        using var timeout = new CancellationTokenSource(left < Shortest ? Shortest : left, steadyClock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await queue.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }

    private void Gather(RoomWork work)
    {
        var now = steadyClock.GetUtcNow();
        // The step that failed has not taken what had arrived.
        var hasArrived = _nextRetry <= now;
        if (hasArrived)
        {
            _nextRetry = null;
        }

        if (_hasFailed)
        {
            _hasFailed = false;
            lock (book.Gate)
            {
                book.ReloadUnread();
            }

            TouchAll(work);
            // First of all, so that none is lost if this step fails, too.
            work.Unrepeated.UnionWith(_unrepeated);
            _unrepeated.Clear();
            work.Unrepeated.ToList().ForEach(input => inputs.Take(input, work, now));
        }

        var asked = new List<RoomInput>();
        for (var i = 0; i < MaxInputs && queue.TryTake(out var input); i++)
        {
            if (input is RoomInput.Arrived)
            {
                hasArrived = true;
            }
            else if (input is RoomInput.LinkAsked or RoomInput.Signalled { Signal: RoomSignal.LinkProof })
            {
                // After the events: one who asks to come back has left by one of them.
                asked.Add(input);
            }
            else
            {
                inputs.Take(input, work, now);
            }
        }

        if (hasArrived)
        {
            inputs.TakeArrived(work, now);
        }

        asked.ForEach(input => inputs.Take(input, work, now));
        lock (book.Gate)
        {
            _timers.Tick(work, now);
        }
    }

    private async Task StepAsync(Action<RoomWork> gather)
    {
        var work = new RoomWork();
        try
        {
            gather(work);
            lock (book.Gate)
            {
                links.Advance(work);
                outputs.Collect(work);
            }

            if (!work.Batch.IsEmpty)
            {
                await store.Rooms.SaveAsync(work.Batch);
            }
        }
        catch (StoreException exception)
        {
            LogNotSaved(exception);
            GoBack(work, exception);
            return;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogStepFailed(exception);
            GoBack(work, StoreException.Unexpected(exception));
            return;
        }

        inputs.Saved();
        ExpectUnread(work);
        try
        {
            await outputs.DeliverAsync(work);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // All is stored. What was not sent is asked for by the other members.
            LogStepFailed(exception);
        }

        work.Commands.ForEach(command => command.Complete(failure: null));
        if (work.HasMoreArrivals)
        {
            queue.Arrived();
        }
    }

    private void ExpectUnread(RoomWork work)
    {
        lock (book.Gate)
        {
            if (book.Unread.Count > 0)
            {
                _unrepeated.UnionWith(
                    work.Unrepeated.OfType<RoomInput.RevocationDue>().Where(due => book.Unread.Contains(due.Room))
                );
                RetrySoon();
            }
        }
    }

    private void RetrySoon()
    {
        _hasFailed = true;
        _nextRetry ??= steadyClock.GetUtcNow() + AfterFailure;
    }

    // The machines are ahead of the store.
    private void GoBack(RoomWork work, StoreException failure)
    {
        _unrepeated.UnionWith(work.Unrepeated);
        inputs.Undo();
        lock (book.Gate)
        {
            foreach (var room in work.Touched)
            {
                book.Reload(room.Id);
            }
        }

        RetrySoon();
        work.Commands.ForEach(command => command.Complete(failure));
        outputs.Abandon(work);
    }

    [LoggerMessage(LogLevel.Error, "Rooms cannot be saved.")]
    private partial void LogNotSaved(Exception exception);

    [LoggerMessage(LogLevel.Error, "A change of a room failed with an unexpected error.")]
    private partial void LogStepFailed(Exception exception);
}
