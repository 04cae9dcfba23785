using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>Request boxes of a single replica without Redis. Each ends with its claim.</summary>
internal sealed class LocalRequestStore(ILocalData data, LocalMailboxStore mail, IOptions<DirectoryOptions> options)
    : IRequestStore
{
    private const int SweepBatch = 1_000;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly RequestBoxOptions _options = options.Value.RequestBox;
    private readonly LiveClaims _claims = new(options.Value, data.Claims);

    public string SystemName => data.SystemName;

    public Task<RequestOutcome> AdmitAsync(Username recipient, string sender, CancellationToken cancellationToken) =>
        RunAsync(time => Admit(recipient.Value, sender, time));

    public Task<RequestResult> DepositAsync(
        Username recipient,
        RequestSender sender,
        byte[] envelope,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            var name = recipient.Value;
            if (Admit(name, sender.PeerId, time) is not RequestOutcome.Done and var refused)
            {
                return new RequestResult(refused);
            }

            if (data.Requests.Find(name, sender.PeerId) is { } known && known.Bytes.Span.SequenceEqual(envelope))
            {
                return new RequestResult(RequestOutcome.Done, data.ToWallTime(known.ExpiresAt));
            }

            if (!TryCount(sender, time.Now))
            {
                return new RequestResult(RequestOutcome.TooMany);
            }

            var expiresAt = time.Now + _options.Kept;
            data.Requests.Put(new WaitingRequest(name, mail.Announce(name), sender.PeerId, envelope, expiresAt));
            return new RequestResult(RequestOutcome.Done, data.ToWallTime(expiresAt));
        });

    public Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            if (!IsHeld(owner, tokenHash, time))
            {
                return new CollectResult(MailboxOutcome.UnknownToken, [], HasMore: false);
            }

            data.Requests.Expire(owner.Value, time.Lasting);
            var page = data.Requests.ReadAfter(owner.Value, after, limit + 1);
            return new CollectResult(MailboxOutcome.Done, [.. page.Take(limit)], page.Count > limit);
        });

    public Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
            IsHeld(owner, tokenHash, time)
                ? new DeleteResult(MailboxOutcome.Done, ids.Count(id => data.Requests.Delete(owner.Value, id)))
                : new DeleteResult(MailboxOutcome.UnknownToken)
        );

    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            data.Requests.SweepCounts(time.Now);
            return data.Requests.Sweep(time.Lasting, SweepBatch);
        });

    private RequestOutcome Admit(string name, string sender, StoreTime time)
    {
        if (_claims.Find(name, time) is not { TakesRequests: true })
        {
            return RequestOutcome.Closed;
        }

        data.Requests.Expire(name, time.Lasting);
        return data.Requests.CountIn(name) < _options.Envelopes || data.Requests.Find(name, sender) is not null
            ? RequestOutcome.Done
            : RequestOutcome.Full;
    }

    private bool IsHeld(Username owner, string tokenHash, StoreTime time) =>
        _claims.Find(owner.Value, time)?.IsHeldBy(tokenHash, time.Now) ?? false;

    private bool TryCount(RequestSender sender, DateTimeOffset now)
    {
        var (peer, address) = ("i:" + sender.PeerId, "a:" + sender.Claimant);
        var (byPeer, byAddress) = (CountOf(peer, now), CountOf(address, now));
        if (byPeer.Number >= _options.PerSender || byAddress.Number >= _options.PerAddress)
        {
            return false;
        }

        data.Requests.SaveCount(peer, byPeer with { Number = byPeer.Number + 1 });
        data.Requests.SaveCount(address, byAddress with { Number = byAddress.Number + 1 });
        return true;
    }

    private RequestCount CountOf(string owner, DateTimeOffset now) =>
        data.Requests.FindCount(owner) is { } count && count.Ends > now ? count : new RequestCount(0, now + Day);

    private Task<T> RunAsync<T>(Func<StoreTime, T> action) => Task.FromResult(data.Run(action));
}
