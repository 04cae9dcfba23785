using System.Globalization;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>Mail of a single replica without Redis. Each mailbox ends with its claim.</summary>
internal sealed class LocalMailboxStore : IMailboxStore
{
    private const int SweepBatch = 1_000;

    private readonly ILocalData _data;
    private readonly TimeProvider _timeProvider;
    private readonly MailboxOptions _options;
    private readonly LiveClaims _claims;

    public LocalMailboxStore(ILocalData data, TimeProvider timeProvider, IOptions<DirectoryOptions> options)
    {
        _data = data;
        _timeProvider = timeProvider;
        _options = options.Value.Mailbox;
        _claims = new LiveClaims(options.Value, data.Claims);
    }

    public string SystemName => _data.SystemName;

    public int ShardCount => 1;

    public int ShardOf(Username name) => 0;

    public ShardSignal Signal { get; } = new();

    public Task<MailboxOutcome> AdmitAsync(
        Username recipient,
        string capabilityHash,
        int size,
        CancellationToken cancellationToken
    ) => RunAsync(time => Admit(recipient.Value, capabilityHash, size, time));

    public Task<DepositResult> DepositAsync(
        Username recipient,
        string capabilityHash,
        byte[] envelope,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            if (
                Admit(recipient.Value, capabilityHash, envelope.Length, time) is not MailboxOutcome.Done and var refused
            )
            {
                return new DepositResult(refused);
            }

            var expiresAt = time.Now + _options.Kept;
            var id = Announce(recipient.Value);
            _data.Mail.Add(new WaitingEnvelope(recipient.Value, id, capabilityHash, envelope, expiresAt));
            return new DepositResult(MailboxOutcome.Done, _data.ToWallTime(expiresAt));
        });

    public Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        AsOwner(owner, tokenHash, new CollectResult(MailboxOutcome.UnknownToken, [], HasMore: false), () =>
            ReadPage(owner.Value, after, limit)
        );

    public Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    ) =>
        AsOwner(owner, tokenHash, new DeleteResult(MailboxOutcome.UnknownToken), () =>
            new DeleteResult(MailboxOutcome.Done, ids.Count(id => _data.Mail.Delete(owner.Value, id)))
        );

    public Task<MailboxOutcome> GrantAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    ) => AsOwner(owner, tokenHash, MailboxOutcome.UnknownToken, () =>
        {
            if (_data.Mail.IsGranted(owner.Value, capabilityHash))
            {
                return MailboxOutcome.Done;
            }

            if (_data.Mail.CountGranted(owner.Value) >= _options.Capabilities)
            {
                return MailboxOutcome.Full;
            }

            _data.Mail.Grant(owner.Value, capabilityHash);
            return MailboxOutcome.Done;
        });

    public Task<MailboxOutcome> RevokeAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    ) => AsOwner(owner, tokenHash, MailboxOutcome.UnknownToken, () =>
        {
            _data.Mail.Revoke(owner.Value, capabilityHash);
            return MailboxOutcome.Done;
        });

    public Task<WaitingResult> IsWaitingAsync(Username owner, string tokenHash, CancellationToken cancellationToken) =>
        AsOwner(owner, tokenHash, new WaitingResult(MailboxOutcome.UnknownToken), () =>
            new WaitingResult(
                MailboxOutcome.Done,
                _data.Mail.HasMail(owner.Value) || _data.Requests.HasAny(owner.Value)
            )
        );

    /// <summary>
    /// Returns the id of a new envelope in a mailbox or request box, and signals the name's owner. Called within
    /// <see cref="ILocalData.Run"/>.
    /// </summary>
    public string Announce(string name)
    {
        // As in Redis: the time in microseconds, and greater than the last number.
        var number = Math.Max(_data.Mail.Head + 1, _timeProvider.GetUtcNow().ToUnixTimeMilliseconds() * 1_000);
        _data.Mail.Announce(name, number);
        Signal.Raise(0);
        return number.ToString("D16", CultureInfo.InvariantCulture);
    }

    public Task<MailboxNotifications> ReadNotificationsAsync(
        int shard,
        long? after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        RunAsync(_ =>
        {
            if (after is not { } number)
            {
                return new MailboxNotifications(_data.Mail.Head, []);
            }

            var newest = _data.Mail.NewestAfter(number, limit);
            return new MailboxNotifications(
                newest.Count == 0 ? number : newest[^1].Number,
                [.. newest.Select(entry => entry.Name)]
            );
        });

    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        RunAsync(time => _data.Mail.Sweep(time.Lasting, SweepBatch));

    private MailboxOutcome Admit(string name, string capabilityHash, int size, StoreTime time)
    {
        if (_claims.Find(name, time) is null || !_data.Mail.IsGranted(name, capabilityHash))
        {
            return MailboxOutcome.UnknownCapability;
        }

        _data.Mail.Expire(name, time.Lasting);
        var usage = _data.Mail.UsageOf(name, capabilityHash);
        return
            usage.Envelopes < _options.CapabilityEnvelopes
            && usage.Bytes + size <= _options.CapabilityBytes
            && usage.MailboxBytes + size <= _options.MailboxBytes
            ? MailboxOutcome.Done
            : MailboxOutcome.Full;
    }

    private CollectResult ReadPage(string name, string after, int limit)
    {
        var page = new List<StoredEnvelope>();
        long bytes = 0;
        foreach (var envelope in _data.Mail.ReadAfter(name, after))
        {
            bytes += envelope.Bytes.Length;
            if (page.Count == limit || (bytes > _options.PageBytes && page.Count > 0))
            {
                return new CollectResult(MailboxOutcome.Done, page, HasMore: true);
            }

            page.Add(envelope);
        }

        return new CollectResult(MailboxOutcome.Done, page, HasMore: false);
    }

    private Task<T> AsOwner<T>(Username owner, string tokenHash, T refused, Func<T> action) =>
        RunAsync(time =>
        {
            if (_claims.Find(owner.Value, time) is not { } claim || !claim.IsHeldBy(tokenHash, time.Now))
            {
                return refused;
            }

            _data.Mail.Expire(owner.Value, time.Lasting);
            _data.Requests.Expire(owner.Value, time.Lasting);
            return action();
        });

    private Task<T> RunAsync<T>(Func<StoreTime, T> action) => Task.FromResult(_data.Run(action));
}
