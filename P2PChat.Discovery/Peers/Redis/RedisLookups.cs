using System.Globalization;
using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>Looks peers up, and whether the askers hold leases: those that come at a time by one script.</summary>
internal sealed class RedisLookups
{
    private const int Fields = 5;
    private static readonly RedisScript Script = RedisScript.Reading("find");

    private readonly RedisConnection _connection;
    private readonly RedisValue _lease;
    private readonly RedisValue _claim;
    private readonly ShardLanes<Question, HolderFound> _lanes;

    /// <param name="Asker">Null for one who brings no token.</param>
    /// <param name="Name">Null to ask for the token alone.</param>
    private readonly record struct Question(LeaseToken? Asker, Username? Name, bool WithRecord);

    public RedisLookups(RedisConnection connection, RedisValue lease, RedisValue claim)
    {
        (_connection, _lease, _claim) = (connection, lease, claim);
        _lanes = new ShardLanes<Question, HolderFound>(connection, SendAsync);
    }

    public async Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellation) =>
        (
            await _lanes.CallAsync(Shard.Of(username), new Question(Asker: null, username, withRecord), cancellation)
        ).Peer;

    public async Task<HolderFound> FindForHolderAsync(
        Username username,
        LeaseToken token,
        CancellationToken cancellation
    )
    {
        var (asked, asks) = (Shard.Of(username), Shard.Of(token.Username));
        if (asked == asks || !_connection.IsCluster)
        {
            return await _lanes.CallAsync(asked, new Question(token, username, WithRecord: true), cancellation);
        }

        var holder = _lanes.CallAsync(asks, new Question(token, Name: null, WithRecord: false), cancellation);
        var found = _lanes.CallAsync(asked, new Question(Asker: null, username, WithRecord: true), cancellation);
        _ = await Task.WhenAll(holder, found);
        return (await holder).Holds ? await found : default;
    }

    private async Task<HolderFound[]> SendAsync(IReadOnlyList<Question> questions)
    {
        const int Arguments = 6;
        var keys = new ShardKeys(shard => shard.FindKeys);
        var values = new RedisValue[2 + Arguments * questions.Count];
        values.AsSpan().Fill(RedisValue.EmptyString);
        (values[0], values[1]) = (_lease, _claim);
        for (var i = 0; i < questions.Count; i++)
        {
            var question = questions[i];
            var at = 2 + Arguments * i;
            if (question.Asker is { } asker)
            {
                (values[at], values[at + 1], values[at + 2]) = (
                    keys.FirstOf(Shard.Of(asker.Username)),
                    asker.Username.Value,
                    asker.Hash
                );
            }

            if (question.Name is { } name)
            {
                (values[at + 3], values[at + 4], values[at + 5]) = (
                    keys.FirstOf(Shard.Of(name)),
                    name.Value,
                    question.WithRecord ? 1 : 0
                );
            }
        }

        var reply = await _connection.EvaluateAsync(Script, keys.ToArray(), CancellationToken.None, values);
        var results = new HolderFound[questions.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = new HolderFound(reply.Flag(Fields * i), Peer(reply, Fields * i + 1, questions[i]));
        }

        return results;
    }

    private static StoredPeer? Peer(ScriptReply reply, int at, Question question)
    {
        if (question.Name is not { } name || reply.Text(at) is not { Length: > 0 } kept)
        {
            return null;
        }

        var signed = question.WithRecord ? StoredRecord.Unpack(reply.Bytes(at + 3)) : null;
        // <peerId> <sequence> <flags> …, as peers.lua has it.
        Span<Range> words = stackalloc Range[4];
        _ = kept.AsSpan().Split(words, ' ');
        if (!long.TryParse(kept.AsSpan(words[1]), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            throw ScriptReply.Unreadable();
        }

        return new StoredPeer(
            name.Value,
            kept[words[0]],
            reply.Flag(at + 1),
            reply.Time(at + 2),
            sequence,
            Unlisted: kept.AsSpan(words[2]).Contains('u'),
            signed
        );
    }
}
