using System.Globalization;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>Keeps mail in memory, for a single replica without Redis. Each mailbox belongs to its claim.</summary>
internal sealed class InMemoryMailboxStore(
    InMemoryPeerStore peers,
    TimeProvider timeProvider,
    IOptions<DirectoryOptions> options
) : IMailboxStore
{
    private readonly MailboxOptions _options = options.Value.Mailbox;

    // Guards _newest and _number. The claims' lock is always taken first.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _newest = new(StringComparer.Ordinal);
    private long _number;

    public string SystemName => "memory";

    public int ShardCount => 1;

    public int ShardOf(Username name) => 0;

    public ShardSignal Signal { get; } = new();

    public Task<MailboxOutcome> AdmitAsync(
        Username recipient,
        string capabilityHash,
        int size,
        CancellationToken cancellationToken
    ) => Task.FromResult(peers.WithClaim(recipient, (claim, now) => Admit(claim?.Mailbox, capabilityHash, size, now)));

    public Task<DepositResult> DepositAsync(
        Username recipient,
        string capabilityHash,
        byte[] envelope,
        CancellationToken cancellationToken
    ) => Task.FromResult(peers.WithClaim(recipient, (claim, now) =>
            {
                if (
                    Admit(claim?.Mailbox, capabilityHash, envelope.Length, now)
                    is not MailboxOutcome.Done
                        and var refused
                )
                {
                    return new DepositResult(refused);
                }

                var expiresAt = now + _options.Kept;
                claim!.Mailbox!.Add(NextId(recipient.Value), capabilityHash, envelope, expiresAt);
                Signal.Raise(0);
                return new DepositResult(MailboxOutcome.Done, peers.ToWallTime(expiresAt));
            }));

    public Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    ) => AsOwner(owner, tokenHash, new CollectResult(MailboxOutcome.UnknownToken, [], HasMore: false), mailbox =>
        {
            var (envelopes, hasMore) = mailbox.Read(after, limit, _options.PageBytes);
            return new CollectResult(MailboxOutcome.Done, envelopes, hasMore);
        });

    public Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    ) =>
        AsOwner(owner, tokenHash, new DeleteResult(MailboxOutcome.UnknownToken), mailbox => new DeleteResult(
            MailboxOutcome.Done,
            ids.Count(mailbox.Delete)
        ));

    public Task<MailboxOutcome> GrantAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    ) =>
        AsOwner(owner, tokenHash, MailboxOutcome.UnknownToken, mailbox =>
            mailbox.Grant(capabilityHash, _options.Capabilities) ? MailboxOutcome.Done : MailboxOutcome.Full
        );

    public Task<MailboxOutcome> RevokeAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    ) => AsOwner(owner, tokenHash, MailboxOutcome.UnknownToken, mailbox =>
        {
            mailbox.Revoke(capabilityHash);
            return MailboxOutcome.Done;
        });

    public Task<WaitingResult> IsWaitingAsync(Username owner, string tokenHash, CancellationToken cancellationToken) =>
        AsOwner(owner, tokenHash, new WaitingResult(MailboxOutcome.UnknownToken), mailbox => new WaitingResult(
            MailboxOutcome.Done,
            !mailbox.IsEmpty
        ));

    public Task<MailboxNotifications> ReadNotificationsAsync(
        int shard,
        long? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        lock (_gate)
        {
            if (after is null)
            {
                return Task.FromResult(new MailboxNotifications(_number, []));
            }

            var notifications = _newest
                .Where(entry => entry.Value > after)
                .OrderBy(entry => entry.Value)
                .Take(limit)
                .ToList();
            return Task.FromResult(
                new MailboxNotifications(
                    notifications.Count == 0 ? after.Value : notifications[^1].Value,
                    [.. notifications.Select(entry => entry.Key)]
                )
            );
        }
    }

    public Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var swept = peers.WithClaims(
            (claims, now) =>
            {
                lock (_gate)
                {
                    // Names without a mailbox have no notifications.
                    foreach (
                        var name in _newest
                            .Keys.Where(name => !claims.TryGetValue(name, out var claim) || claim.Mailbox is null)
                            .ToList()
                    )
                    {
                        _newest.Remove(name);
                    }
                }

                return claims.Values.Sum(claim => claim.Mailbox?.Expire(now) ?? 0);
            }
        );
        return Task.FromResult(swept);
    }

    private MailboxOutcome Admit(MemoryMailbox? mailbox, string capabilityHash, int size, DateTimeOffset now)
    {
        if (mailbox is null || !mailbox.Knows(capabilityHash))
        {
            return MailboxOutcome.UnknownCapability;
        }

        mailbox.Expire(now);
        return mailbox.HasRoom(capabilityHash, size, _options) ? MailboxOutcome.Done : MailboxOutcome.Full;
    }

    private Task<T> AsOwner<T>(Username owner, string tokenHash, T refused, Func<MemoryMailbox, T> action) =>
        Task.FromResult(peers.WithClaim(owner, (claim, now) =>
            {
                if (claim is null || !claim.IsHeldBy(tokenHash, now))
                {
                    return refused;
                }

                claim.Mailbox ??= new MemoryMailbox();
                claim.Mailbox.Expire(now);
                return action(claim.Mailbox);
            }));

    // As in Redis: the time in microseconds, and greater than the last id.
    private string NextId(string name)
    {
        lock (_gate)
        {
            _number = Math.Max(_number + 1, timeProvider.GetUtcNow().ToUnixTimeMilliseconds() * 1_000);
            _newest[name] = _number;
            return _number.ToString("D16", CultureInfo.InvariantCulture);
        }
    }
}
