using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Reads what an effect needs from the store, on another thread because nothing under the session's lock may block.
/// </summary>
internal sealed partial class StoreQueries(SessionHost host)
{
    private readonly SessionContext _context = host.Context;
    private readonly ILogger _logger = host.Context.Logger;
    private readonly Lock _gate = new();

    // Guarded by _gate: the messages whose state has changed, while a task publishes them.
    private HashSet<Guid>? _changed;

    // Separate methods, so that the caller's other branches allocate no closure.
    internal void BeginPublishRead(ulong epoch, ulong next) => _ = Task.Run(() => PublishRead(epoch, next));

    /// <summary>Publishes the state of a message of ours, or of what it has changed.</summary>
    internal void BeginPublishReceipt(Guid id)
    {
        lock (_gate)
        {
            if (_changed is not null)
            {
                _ = _changed.Add(id);
                return;
            }

            _changed = [id];
        }

        _ = Task.Run(PublishReceipts);
    }

    internal void BeginRecall(SessionEffect.Recall recall) => _ = Task.Run(() => RecallAsync(recall));

    private void PublishRead(ulong epoch, ulong next)
    {
        try
        {
            if (_context.Store.AfterFlush().LastBelow(host.Remote, epoch, next) is { } id && host.Name is { } name)
            {
                host.Publish(new PeerEvent.Receipt(name, id, MessageState.Read));
            }
        }
        catch (StoreException exception)
        {
            _context.ContactStateLog.Failed(exception);
        }
    }

    // One task at a time, so that a later state is published after an earlier one.
    private void PublishReceipts()
    {
        while (TakeChanged() is { } changed)
        {
            try
            {
                _ = _context.Store.AfterFlush();
                foreach (var id in changed)
                {
                    if (_context.Store.Details.ReceiptOf(host.Remote, id) is { } receipt)
                    {
                        host.Publish(receipt);
                    }
                }
            }
            catch (StoreException exception)
            {
                _context.ContactStateLog.Failed(exception);
            }
        }
    }

    private HashSet<Guid>? TakeChanged()
    {
        lock (_gate)
        {
            var changed = _changed;
            _changed = changed is { Count: > 0 } ? [] : null;
            return changed is { Count: > 0 } ? changed : null;
        }
    }

    private async Task RecallAsync(SessionEffect.Recall recall)
    {
        try
        {
            var now = _context.MessageClock.Now;
            var found = await _context.Store.RecallAsync(
                host.Remote,
                recall,
                StoredRecall.Oldest(now, _context.Conversation.Expiry)
            );
            var again = found
                .Messages.Select(message => message with { QueuedAtRan = now.Ran, QueuedAtDirectory = now.Directory })
                .ToList();
            if (found.Messages.Count + found.LostCount > 0)
            {
                LogRecalled(found.Messages.Count, found.LostCount);
            }

            lock (host.StateLock)
            {
                if (host.Lifecycle.IsRetired)
                {
                    return;
                }

                host.Machine.Conversation.Recalled(recall, again, found.Lost);
                host.Drain();
            }
        }
        catch (StoreException exception)
        {
            lock (host.StateLock)
            {
                host.Machine.Conversation.NotRecalled(recall);
                host.Drain();
            }

            _context.ContactStateLog.Failed(exception);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "A contact lost messages that it had acknowledged: {Again} will be sent again, {Lost} will not."
    )]
    private partial void LogRecalled(int again, long lost);
}
