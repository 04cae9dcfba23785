using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>Renews leases. Concurrent renewals share one script call.</summary>
internal sealed class RedisRenewals
{
    private const int Fields = 2;
    private static readonly RedisScript Script = RedisScript.Standalone("renew");

    private readonly RedisConnection _connection;
    private readonly RedisValue _lease;
    private readonly ShardBatchers<Renewal, RenewResult> _batchers;

    private readonly record struct Renewal(Shard Shard, string Name, string TokenHash);

    public RedisRenewals(RedisConnection connection, RedisValue lease)
    {
        (_connection, _lease) = (connection, lease);
        _batchers = new ShardBatchers<Renewal, RenewResult>(connection, SendBatchAsync);
    }

    public Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellationToken)
    {
        var shard = Shard.Of(username);
        return _batchers.SendAsync(shard, new Renewal(shard, username.Value, tokenHash), cancellationToken);
    }

    private async Task<RenewResult[]> SendBatchAsync(IReadOnlyList<Renewal> renewals)
    {
        var keys = new ShardKeys(shard => shard.RenewKeys);
        var values = new RedisValue[1 + 3 * renewals.Count];
        values[0] = _lease;
        for (var i = 0; i < renewals.Count; i++)
        {
            var renewal = renewals[i];
            var at = 1 + 3 * i;
            (values[at], values[at + 1], values[at + 2]) = (
                keys.FirstOf(renewal.Shard),
                renewal.Name,
                renewal.TokenHash
            );
        }

        var reply = await _connection.EvaluateAsync(Script, keys.ToArray(), CancellationToken.None, values);
        var results = new RenewResult[renewals.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = reply.Text(Fields * i) switch
            {
                "renewed" => new RenewResult(RenewOutcome.Renewed, reply.Time(Fields * i + 1)),
                "unknown-token" => new RenewResult(RenewOutcome.UnknownToken),
                "unknown-peer" => new RenewResult(RenewOutcome.UnknownPeer),
                var other => throw ScriptReply.Unexpected(other),
            };
        }

        return results;
    }
}
