using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Keeps each name's request box in the name's shard, and the counts per sender and address in theirs.
/// <c>Scripts/peers.lua</c> and <c>Scripts/members.lua</c> describe the keys.
/// </summary>
internal sealed class RedisRequestStore(RedisConnection connection, IOptions<DirectoryOptions> options) : IRequestStore
{
    private const int SweepBatch = 200;

    private static readonly RedisScript AdmitScript = RedisScript.ForMailbox("requestadmit");
    private static readonly RedisScript DepositScript = RedisScript.ForMailbox("requestdeposit");
    private static readonly RedisScript CollectScript = RedisScript.ForMailbox("requestcollect");
    private static readonly RedisScript DeleteScript = RedisScript.ForMailbox("requestdelete");
    private static readonly RedisScript SweepScript = RedisScript.ForMailbox("requestsweep");

    private readonly RequestBoxOptions _options = options.Value.RequestBox;
    private readonly RedisValue _lease = (long)options.Value.Lease.TotalMilliseconds;
    private readonly RedisValue _claim = (long)options.Value.Claim.TotalMilliseconds;
    private readonly RedisValue _kept = (long)options.Value.RequestBox.Kept.TotalMilliseconds;
    private readonly RequestCounts _counts = new(connection);

    public string SystemName => "redis";

    public async Task<RequestOutcome> AdmitAsync(
        Username recipient,
        string sender,
        CancellationToken cancellationToken
    ) => Result(await AdmitAsync(recipient, sender, RedisValue.EmptyString, cancellationToken)).Outcome;

    public async Task<RequestResult> DepositAsync(
        Username recipient,
        RequestSender sender,
        byte[] envelope,
        CancellationToken cancellationToken
    )
    {
        var admitted = await AdmitAsync(recipient, sender.PeerId, envelope, cancellationToken);
        if (admitted.Text(0) != "welcome")
        {
            return Result(admitted);
        }

        if (!await _counts.TryAddAsync(sender, _options.PerSender, _options.PerAddress, cancellationToken))
        {
            return new RequestResult(RequestOutcome.TooMany);
        }

        return Result(
            await EvaluateAsync(
                DepositScript,
                recipient,
                cancellationToken,
                _lease,
                _claim,
                recipient.Value,
                sender.PeerId,
                _options.Envelopes,
                envelope,
                _kept
            )
        );
    }

    public async Task<CollectResult> CollectAsync(
        Username owner,
        string tokenHash,
        string after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(CollectScript, owner, cancellationToken, owner.Value, tokenHash, after, limit);
        return reply.Text(0) == "unknown-token"
            ? new CollectResult(MailboxOutcome.UnknownToken, [], HasMore: false)
            : EnvelopeReply.ReadPage(reply);
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
            : new DeleteResult(MailboxOutcome.UnknownToken);
    }

    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var replies = await Task.WhenAll(
            Shard.All.Select(shard =>
                connection.EvaluateAsync(SweepScript, shard.Keys, cancellationToken, SweepBatch, _kept)
            )
        );
        return replies.Sum(reply => (int)reply.Number(0));
    }

    private Task<ScriptReply> AdmitAsync(
        Username recipient,
        string sender,
        RedisValue envelope,
        CancellationToken cancellationToken
    ) =>
        EvaluateAsync(
            AdmitScript,
            recipient,
            cancellationToken,
            _lease,
            _claim,
            recipient.Value,
            sender,
            _options.Envelopes,
            envelope
        );

    private static RequestResult Result(ScriptReply reply) =>
        reply.Text(0) switch
        {
            "same" or "deposited" => new RequestResult(RequestOutcome.Done, reply.Time(1)),
            "welcome" => new RequestResult(RequestOutcome.Done),
            "closed" => new RequestResult(RequestOutcome.Closed),
            "full" => new RequestResult(RequestOutcome.Full),
            var other => throw ScriptReply.Unexpected(other),
        };

    private Task<ScriptReply> EvaluateAsync(
        RedisScript script,
        Username name,
        CancellationToken cancellationToken,
        params RedisValue[] values
    ) => connection.EvaluateAsync(script, Shard.Of(name).Keys, cancellationToken, values);
}
