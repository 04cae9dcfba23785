using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults.ServerSentEvents;

namespace P2PChat.Discovery.Mailbox;

/// <summary>
/// <c>GET /peers/{username}/signals</c>: server-sent events that wake a name's owner. They have no ids: at the start it is
/// told what there is, so nothing is missed by one who was away.
/// </summary>
internal sealed class SignalStream(
    SignalFeed feed,
    IMailboxStore store,
    IOptions<DirectoryOptions> options,
    TimeProvider time,
    IHostApplicationLifetime lifetime
)
{
    /// <exception cref="ProblemException">The token is not the name's, or too many listen.</exception>
    /// <exception cref="StoreUnavailableException">The store is needed to begin, and away.</exception>
    public async Task WriteAsync(HttpContext context, string username)
    {
        var owner = MailboxOwner.Of(context, username);
        // Asked before it takes a place among the listeners: a stranger shall not push out their streams.
        await IsWaitingAsync(owner, context.RequestAborted);
        var listener = feed.Listen(owner.Name);
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(
                context.RequestAborted,
                lifetime.ApplicationStopping
            );
            await WriteAsync(context, owner, listener, ending.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException
                || context.Response.HasStarted && exception is ProblemException
            )
        {
            // The caller went, the directory stops, or the lease is another's now: the caller comes back with what holds.
        }
        finally
        {
            feed.Leave(listener);
        }
    }

    private async Task WriteAsync(
        HttpContext context,
        MailboxOwner owner,
        SignalListener listener,
        CancellationToken cancellation
    )
    {
        // After it began to listen: what comes in between is told twice rather than never.
        var hasMail = await IsWaitingAsync(owner, cancellation);
        var events = ServerSentEventWriter.Begin(context.Response, options.Value.Heartbeat, time);
        events.WriteId(null);
        if (hasMail)
        {
            WriteMail(events);
        }

        await events.FlushAsync(cancellation);

        while (await events.WaitToReadAsync(listener.Waiting, CheckLeaseAsync, cancellation))
        {
            listener.Waiting.TryRead(out _);
            await CheckAsync(owner, cancellation);
            WriteMail(events);
            await events.FlushAsync(cancellation);
        }

        async ValueTask<string?> CheckLeaseAsync()
        {
            await CheckAsync(owner, cancellation);
            return null;
        }
    }

    // event: mail
    // data: {}
    private static void WriteMail(ServerSentEventWriter events) =>
        events.WriteEvent(SignalTypes.Mail, id: null, "{}"u8);

    private async Task<bool> IsWaitingAsync(MailboxOwner owner, CancellationToken cancellation)
    {
        var result = await store.IsWaitingAsync(owner.Name, owner.TokenHash, cancellation);
        return result.Outcome == MailboxOutcome.UnknownToken
            ? throw new ProblemException(Problems.LeaseTokenUnknown())
            : result.HasMail;
    }

    // A stream ends with its lease. While the store is away nobody can tell, and nothing is told.
    private async Task CheckAsync(MailboxOwner owner, CancellationToken cancellation)
    {
        try
        {
            await IsWaitingAsync(owner, cancellation);
        }
        catch (StoreUnavailableException)
        {
            // StoreHealth has told.
        }
    }
}
