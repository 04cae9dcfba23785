using System.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// The one loop that changes rooms. Takes what has gathered, saves what follows from it in one transaction, and then
/// acts on it: so a crash never undoes what anybody has seen.
/// </summary>
internal sealed partial class RoomWorker(
    RoomQueue queue,
    RoomBook book,
    RoomInputs inputs,
    RoomDelivery delivery,
    PeerStore store,
    SteadyClock steadyClock,
    ILogger<RoomWorker> logger
) : BackgroundService
{
    private const int MaxInputs = 256;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private readonly ILogger<RoomWorker> _logger = logger;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            lock (book.Gate)
            {
                book.Load();
            }
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
            await StepAsync(FirstWork());
            while (await WaitAsync(stoppingToken))
            {
                await StepAsync(Gather());
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    // Own events that may not be in all outboxes go out again: the machines have said so when they started.
    private RoomWork FirstWork()
    {
        var work = new RoomWork();
        lock (book.Gate)
        {
            foreach (var room in book.All)
            {
                _ = work.Touch(room);
            }
        }

        return work;
    }

    /// <returns>False once the queue is closed.</returns>
    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? deadline;
        lock (book.Gate)
        {
            deadline = book.All.Min(room => room.Machine.Deadline);
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

    private RoomWork Gather()
    {
        var work = new RoomWork();
        var now = steadyClock.GetUtcNow();
        for (var i = 0; i < MaxInputs && queue.TryTake(out var input); i++)
        {
            if (input is not RoomInput.Arrived)
            {
                inputs.Take(input, work, now);
            }
            else if (!inputs.TakeArrived(work, now))
            {
                _ = TryAgainAsync();
            }
        }

        lock (book.Gate)
        {
            foreach (var room in book.All.Where(room => room.Machine.Deadline <= now))
            {
                work.Touch(room).Machine.Tick(now);
            }
        }

        return work;
    }

    private async Task StepAsync(RoomWork work)
    {
        var outputs = new List<(RoomHost Room, RoomEffect Effect)>();
        lock (book.Gate)
        {
            Collect(work, outputs);
        }

        try
        {
            if (!work.Batch.IsEmpty)
            {
                await store.Rooms.SaveAsync(work.Batch);
            }
        }
        catch (StoreException exception)
        {
            LogNotSaved(exception);
            GoBack(work);
            work.Commands.ForEach(command => command.Complete(exception));
            if (work.HasArrivals)
            {
                _ = TryAgainAsync();
            }

            return;
        }

        await DeliverAsync(outputs);
        work.Commands.ForEach(command => command.Complete(failure: null));
        if (work.HasArrivals)
        {
            // There may be more than were read at once.
            queue.Arrived();
        }
    }

    private static void Collect(RoomWork work, List<(RoomHost, RoomEffect)> outputs)
    {
        List<RoomEffect> effects = [];
        foreach (var room in work.Touched)
        {
            _ = room.Machine.TakeEffects(ref effects);
            foreach (var effect in effects)
            {
                // An event counts as sent once the conversations have it, which is after this transaction.
                if (effect is RoomEffect.Store { Change: not RoomChange.Sent and var change })
                {
                    work.Batch.Add(room.Id, change);
                }
                else
                {
                    outputs.Add((room, effect));
                }
            }
        }
    }

    private async Task DeliverAsync(List<(RoomHost Room, RoomEffect Effect)> outputs)
    {
        var sent = new RoomBatch();
        foreach (var (room, effect) in outputs)
        {
            if (effect is RoomEffect.Store { Change: RoomChange.Sent change })
            {
                sent.Add(room.Id, change);
            }
            else
            {
                Deliver(room, effect);
            }
        }

        if (!sent.IsEmpty)
        {
            try
            {
                await store.Rooms.SaveAsync(sent);
            }
            catch (StoreException exception)
            {
                // They go out once more after the next start, and are known then.
                LogNotSaved(exception);
            }
        }
    }

    private void Deliver(RoomHost room, RoomEffect effect)
    {
        try
        {
            delivery.Execute(room, effect);
        }
        catch (PeerException exception)
        {
            // Of a conversation that cannot be read. The members ask for what they lack.
            LogNotDelivered(exception.Error);
        }
    }

    // The machines are ahead of the store.
    private void GoBack(RoomWork work)
    {
        lock (book.Gate)
        {
            foreach (var room in work.Touched)
            {
                try
                {
                    book.Reload(room.Id);
                }
                catch (StoreException exception)
                {
                    LogNotRead(exception);
                }
            }
        }
    }

    private async Task TryAgainAsync()
    {
        await Task.Delay(AfterFailure, steadyClock);
        queue.Arrived();
    }

    [LoggerMessage(LogLevel.Error, "Rooms cannot be saved.")]
    private partial void LogNotSaved(Exception exception);

    [LoggerMessage(LogLevel.Error, "Rooms cannot be read.")]
    private partial void LogNotRead(Exception exception);

    [LoggerMessage(LogLevel.Warning, "An event of a room could not be handed to a conversation: {Error}.")]
    private partial void LogNotDelivered(PeerError error);
}
