using System.Globalization;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Keeps each name's mail in the name's shard, so that one script per call can also check its claim and lease.
/// <c>Scripts/peers.lua</c> describes the keys.
/// </summary>
internal sealed class RedisMailboxStore : IMailboxStore
{
    private const int SweepBatch = 200;
    private const string MessagePrefix = "mail:";

    private static readonly RedisScript AdmitScript = RedisScript.ForMailbox("admit");
    private static readonly RedisScript DepositScript = RedisScript.ForMailbox("deposit");
    private static readonly RedisScript CollectScript = RedisScript.ForMailbox("collect");
    private static readonly RedisScript DeleteScript = RedisScript.ForMailbox("delete");
    private static readonly RedisScript GrantScript = RedisScript.ForMailbox("grant");
    private static readonly RedisScript RevokeScript = RedisScript.ForMailbox("revoke");
    private static readonly RedisScript WaitingScript = RedisScript.ForMailbox("waiting");
    private static readonly RedisScript NotificationsScript = RedisScript.ForMailbox("notifications");
    private static readonly RedisScript SweepScript = RedisScript.ForMailbox("mailsweep");

    private readonly RedisConnection _connection;
    private readonly MailboxOptions _options;
    private readonly RedisValue _lease;
    private readonly RedisValue _claim;
    private readonly RedisValue _kept;

    public RedisMailboxStore(RedisConnection connection, IOptions<DirectoryOptions> options)
    {
        _connection = connection;
        _options = options.Value.Mailbox;
        _lease = (long)options.Value.Lease.TotalMilliseconds;
        _claim = (long)options.Value.Claim.TotalMilliseconds;
        _kept = (long)_options.Kept.TotalMilliseconds;
        _connection.Published += message =>
        {
            if (
                message.StartsWith(MessagePrefix, StringComparison.Ordinal)
                && int.TryParse(
                    message.AsSpan(MessagePrefix.Length),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var shard
                )
                && shard < Shard.Count
            )
            {
                Signal.Raise(shard);
            }
        };
    }

    public string SystemName => "redis";

    public int ShardCount => Shard.Count;

    public int ShardOf(Username name) => Shard.Of(name).Index;

    public ShardSignal Signal { get; } = new();

    public async Task<MailboxOutcome> AdmitAsync(
        Username recipient,
        string capabilityHash,
        int size,
        CancellationToken cancellationToken
    ) =>
        Outcome(
            await EvaluateAsync(
                AdmitScript,
                recipient,
                cancellationToken,
                _lease,
                _claim,
                recipient.Value,
                capabilityHash,
                size,
                _options.CapabilityEnvelopes,
                _options.CapabilityBytes,
                _options.MailboxBytes
            )
        );

    public async Task<DepositResult> DepositAsync(
        Username recipient,
        string capabilityHash,
        byte[] envelope,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(
            DepositScript,
            recipient,
            cancellationToken,
            _lease,
            _claim,
            recipient.Value,
            capabilityHash,
            envelope,
            _kept,
            _options.CapabilityEnvelopes,
            _options.CapabilityBytes,
            _options.MailboxBytes
        );
        return reply.Text(0) == "deposited"
            ? new DepositResult(MailboxOutcome.Done, reply.Time(1))
            : new DepositResult(Outcome(reply));
    }

    public async Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(
            CollectScript,
            owner,
            cancellationToken,
            owner.Value,
            tokenHash,
            after,
            limit,
            _options.PageBytes
        );
        return reply.Text(0) == "page"
            ? EnvelopeReply.ReadPage(reply)
            : new CollectResult(Outcome(reply), [], HasMore: false);
    }

    public async Task<DeleteResult> DeleteAsync(
        Username owner,
        string tokenHash,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(
            DeleteScript,
            owner,
            cancellationToken,
            [owner.Value, tokenHash, .. ids.Select(id => (RedisValue)id)]
        );
        return reply.Text(0) == "deleted"
            ? new DeleteResult(MailboxOutcome.Done, (int)reply.Number(1))
            : new DeleteResult(Outcome(reply));
    }

    public async Task<MailboxOutcome> GrantAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(
            GrantScript,
            owner,
            cancellationToken,
            owner.Value,
            tokenHash,
            capabilityHash,
            _options.Capabilities
        );
        return Outcome(reply);
    }

    public async Task<MailboxOutcome> RevokeAsync(
        Username owner,
        string tokenHash,
        string capabilityHash,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(RevokeScript, owner, cancellationToken, owner.Value, tokenHash, capabilityHash);
        return Outcome(reply);
    }

    public async Task<WaitingResult> IsWaitingAsync(
        Username owner,
        string tokenHash,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(WaitingScript, owner, cancellationToken, owner.Value, tokenHash);
        return reply.Text(0) == "waiting"
            ? new WaitingResult(MailboxOutcome.Done, reply.Flag(1))
            : new WaitingResult(Outcome(reply));
    }

    public async Task<MailboxNotifications> ReadNotificationsAsync(
        int shard,
        long? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var reply = await _connection.EvaluateAsync(
            NotificationsScript,
            Shard.All[shard].Keys,
            cancellationToken,
            after is { } number ? number : "",
            limit
        );
        return new MailboxNotifications(reply.Number(0), [.. Enumerable.Range(1, reply.Count - 1).Select(reply.Text)]);
    }

    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var replies = await Task.WhenAll(
            Shard.All.Select(shard =>
                _connection.EvaluateAsync(
                    SweepScript,
                    shard.Keys,
                    cancellationToken,
                    SweepBatch,
                    (long)_options.Kept.TotalMilliseconds
                )
            )
        );
        return replies.Sum(reply => (int)reply.Number(0));
    }

    private Task<ScriptReply> EvaluateAsync(
        RedisScript script,
        Username name,
        CancellationToken cancellationToken,
        params RedisValue[] values
    ) => _connection.EvaluateAsync(script, Shard.Of(name).Keys, cancellationToken, values);

    private static MailboxOutcome Outcome(ScriptReply reply) =>
        reply.Text(0) switch
        {
            "welcome" or "granted" or "revoked" => MailboxOutcome.Done,
            "unknown-token" => MailboxOutcome.UnknownToken,
            "unknown" => MailboxOutcome.UnknownCapability,
            "full" => MailboxOutcome.Full,
            var other => throw ScriptReply.Unexpected(other),
        };
}
