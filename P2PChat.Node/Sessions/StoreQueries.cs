using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Reads what an effect needs from the store, on another thread because nothing under the session's lock may block.
/// Stateless.
/// </summary>
internal sealed partial class StoreQueries(SessionHost host)
{
    private readonly SessionContext _context = host.Context;
    private readonly ILogger _logger = host.Context.Logger;

    // Separate methods, so that the caller's other branches allocate no closure.
    internal void BeginPublishRead(ulong epoch, ulong next) => _ = Task.Run(() => PublishRead(epoch, next));

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
