using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults.ServerSentEvents;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// <c>GET /peers/{username}/signals</c>: server-sent events that tell a name's owner about new mail and about path
/// sessions. They have no ids, because each stream starts with the current state.
/// </summary>
internal sealed class SignalStream(
    SignalFeed feed,
    IMailboxStore store,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    IHostApplicationLifetime lifetime
)
{
    /// <param name="paths">
    /// Whether the listener takes the events of path sessions. Older peers end a stream with events of that size.
    /// </param>
    /// <exception cref="ProblemException">
    /// The token does not hold for the name, or there are too many listeners.
    /// </exception>
    /// <exception cref="StoreUnavailableException">The store is unavailable at the start.</exception>
    public async Task WriteAsync(HttpContext context, string username, bool paths)
    {
        var owner = MailboxOwner.Of(context, username);
        // Check the token before subscribing, so that a stranger cannot replace the owner's streams.
        await IsWaitingAsync(owner, context.RequestAborted);
        var listener = feed.Subscribe(owner.Name, paths);
        try
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
                context.RequestAborted,
                lifetime.ApplicationStopping
            );
            await WriteAsync(context, owner, listener, stopping.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException
                || context.Response.HasStarted && exception is ProblemException
            )
        {
            // The client disconnected, the directory is stopping, or the lease has ended. The client reconnects with a
            // valid token.
        }
        finally
        {
            feed.Unsubscribe(listener);
        }
    }

    private async Task WriteAsync(
        HttpContext context,
        MailboxOwner owner,
        SignalListener listener,
        CancellationToken cancellationToken
    )
    {
        // Ask after subscribing: mail that arrives in between is signalled twice instead of never.
        var hasMail = await IsWaitingAsync(owner, cancellationToken);
        var events = ServerSentEventWriter.Begin(context.Response, options.Value.Heartbeat, timeProvider);
        events.WriteId(null);
        if (hasMail)
        {
            WriteMail(events);
        }

        await events.FlushAsync(cancellationToken);

        while (await events.WaitToReadAsync(listener.Waiting, CheckLeaseAsync, cancellationToken))
        {
            listener.Waiting.TryRead(out _);
            await CheckAsync(owner, cancellationToken);
            if (listener.TakeMail())
            {
                WriteMail(events);
            }

            while (listener.TryTake(out var signal))
            {
                events.WriteEvent(signal.Type, id: null, signal.Data.Span);
            }

            await events.FlushAsync(cancellationToken);
        }

        async ValueTask<string?> CheckLeaseAsync()
        {
            await CheckAsync(owner, cancellationToken);
            return null;
        }
    }

    // event: mail
    // data: {}
    private static void WriteMail(ServerSentEventWriter events) =>
        events.WriteEvent(SignalTypes.Mail, id: null, "{}"u8);

    private async Task<bool> IsWaitingAsync(MailboxOwner owner, CancellationToken cancellationToken)
    {
        var result = await store.IsWaitingAsync(owner.Name, owner.TokenHash, cancellationToken);
        return result.Outcome == MailboxOutcome.UnknownToken
            ? throw new ProblemException(Problems.LeaseTokenUnknown())
            : result.HasMail;
    }

    // A stream ends with its lease. While the store is unavailable it stays open.
    private async Task CheckAsync(MailboxOwner owner, CancellationToken cancellationToken)
    {
        try
        {
            await IsWaitingAsync(owner, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // Reported by StoreHealth.
        }
    }
}
