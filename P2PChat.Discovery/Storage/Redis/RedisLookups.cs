using System.Globalization;
using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>Looks up peers and checks the callers' leases. Concurrent lookups share one script call.</summary>
internal sealed class RedisLookups
{
    private const int Fields = 5;
    private static readonly RedisScript Script = RedisScript.ForReading("find");

    private readonly RedisConnection _connection;
    private readonly RedisValue _lease;
    private readonly RedisValue _claim;
    private readonly ShardBatchers<Query, HolderLookup> _batchers;

    /// <param name="Token">The caller's token; null if it sent none.</param>
    /// <param name="Name">The name to look up; null to check the token only.</param>
    private readonly record struct Query(LeaseToken? Token, Username? Name, bool WithRecord);

    public RedisLookups(RedisConnection connection, RedisValue lease, RedisValue claim)
    {
        (_connection, _lease, _claim) = (connection, lease, claim);
        _batchers = new ShardBatchers<Query, HolderLookup>(connection, SendBatchAsync);
    }

    public async Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellationToken) =>
        (
            await _batchers.SendAsync(
                Shard.Of(username),
                new Query(Token: null, username, withRecord),
                cancellationToken
            )
        ).Peer;

    public async Task<HolderLookup> FindForHolderAsync(
        Username username,
        LeaseToken token,
        CancellationToken cancellationToken
    )
    {
        var (nameShard, tokenShard) = (Shard.Of(username), Shard.Of(token.Username));
        if (nameShard == tokenShard || !_connection.IsCluster)
        {
            return await _batchers.SendAsync(
                nameShard,
                new Query(token, username, WithRecord: true),
                cancellationToken
            );
        }

        var holder = _batchers.SendAsync(
            tokenShard,
            new Query(token, Name: null, WithRecord: false),
            cancellationToken
        );
        var found = _batchers.SendAsync(
            nameShard,
            new Query(Token: null, username, WithRecord: true),
            cancellationToken
        );
        _ = await Task.WhenAll(holder, found);
        return (await holder).Holds ? await found : default;
    }

    private async Task<HolderLookup[]> SendBatchAsync(IReadOnlyList<Query> queries)
    {
        const int Arguments = 6;
        var keys = new ShardKeys(shard => shard.FindKeys);
        var values = new RedisValue[2 + Arguments * queries.Count];
        values.AsSpan().Fill(RedisValue.EmptyString);
        (values[0], values[1]) = (_lease, _claim);
        for (var i = 0; i < queries.Count; i++)
        {
            var query = queries[i];
            var at = 2 + Arguments * i;
            if (query.Token is { } token)
            {
                (values[at], values[at + 1], values[at + 2]) = (
                    keys.FirstOf(Shard.Of(token.Username)),
                    token.Username.Value,
                    token.Hash
                );
            }

            if (query.Name is { } name)
            {
                (values[at + 3], values[at + 4], values[at + 5]) = (
                    keys.FirstOf(Shard.Of(name)),
                    name.Value,
                    query.WithRecord ? 1 : 0
                );
            }
        }

        var reply = await _connection.EvaluateAsync(Script, keys.ToArray(), CancellationToken.None, values);
        var results = new HolderLookup[queries.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = new HolderLookup(reply.Flag(Fields * i), Peer(reply, Fields * i + 1, queries[i]));
        }

        return results;
    }

    private static StoredPeer? Peer(ScriptReply reply, int at, Query query)
    {
        if (query.Name is not { } name || reply.Text(at) is not { Length: > 0 } packed)
        {
            return null;
        }

        var signed = query.WithRecord ? StoredRecord.Unpack(reply.Bytes(at + 3)) : null;
        // <peerId> <sequence> <flags> <claimant> <last seen> …, see peers.lua.
        Span<Range> words = stackalloc Range[6];
        var count = packed.AsSpan().Split(words, ' ');
        if (!long.TryParse(packed.AsSpan(words[1]), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            throw ScriptReply.Unreadable();
        }

        var isOnline = reply.Flag(at + 1);
        return new StoredPeer(
            name.Value,
            packed[words[0]],
            isOnline,
            reply.Time(at + 2),
            sequence,
            Unlisted: packed.AsSpan(words[2]).Contains('u'),
            signed,
            isOnline && count == words.Length ? ObservedIn(packed[words[5]]) : null
        );
    }

    private static string? ObservedIn(string words) =>
        words.Split(' ').FirstOrDefault(word => word.StartsWith("a=", StringComparison.Ordinal))?[2..];
}
