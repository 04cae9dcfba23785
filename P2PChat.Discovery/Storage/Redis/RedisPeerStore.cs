using System.Globalization;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Keeps claims and events in Redis, standalone or a cluster, for any number of replicas. Each write is one script on
/// one shard; <c>Scripts/peers.lua</c> describes the keys.
/// </summary>
internal sealed class RedisPeerStore : IPeerStore
{
    private const int SweepBatch = 200;
    private const string DirectoryIdKey = "p2pchat:directory-id";
    private const string ClaimantKeyKey = "p2pchat:claimant-key";

    private static readonly RedisScript RegisterScript = RedisScript.ForShard("register");
    private static readonly RedisScript UnregisterScript = RedisScript.ForShard("unregister");
    private static readonly RedisScript RemoveScript = RedisScript.ForShard("remove");
    private static readonly RedisScript ListScript = RedisScript.ForReading("list");
    private static readonly RedisScript CountScript = RedisScript.ForReading("count");
    private static readonly RedisScript SweepScript = RedisScript.ForShard("sweep");
    private static readonly RedisScript EventsScript = RedisScript.ForShard("events");
    private static readonly RedisScript HeadScript = RedisScript.ForShard("head");

    private readonly RedisConnection _connection;
    private readonly RedisRenewals _renewals;
    private readonly RedisLookups _lookups;
    private readonly RedisValue _lease;
    private readonly RedisValue _claim;
    private readonly RedisValue _kept;

    public RedisPeerStore(RedisConnection connection, IOptions<DirectoryOptions> options)
    {
        _connection = connection;
        _lease = (long)options.Value.Lease.TotalMilliseconds;
        _claim = (long)options.Value.Claim.TotalMilliseconds;
        _kept = options.Value.EventsKept;
        _renewals = new RedisRenewals(connection, _lease);
        _lookups = new RedisLookups(connection, _lease, _claim);
        _connection.Published += message =>
        {
            if (
                int.TryParse(message, NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
                && shard < Shard.Count
            )
            {
                Signal.Raise(shard);
            }
        };
    }

    public string SystemName => "redis";

    public int ShardCount => Shard.Count;

    public ShardSignal Signal { get; } = new();

    public async Task<RegisterResult> RegisterAsync(PeerRegistration registration, CancellationToken cancellationToken)
    {
        var flags =
            (registration.Ephemeral ? "e" : "")
            + (registration.Unlisted ? "u" : "")
            + (registration.TakesRequests ? "r" : "");
        var shard = Shard.Of(registration.Username);
        var reply = await EvaluateAsync(
            RegisterScript,
            shard.Keys,
            cancellationToken,
            _lease,
            _claim,
            _kept,
            registration.Username.Value,
            registration.PeerId,
            registration.Sequence,
            flags.Length == 0 ? "-" : flags,
            registration.Claimant.Pseudonym,
            StoredRecord.Pack(registration.Signed),
            registration.TokenHash,
            registration.Claimant.Former ?? "",
            registration.ObservedAddress ?? ""
        );
        return reply.Text(0) switch
        {
            "created" => new RegisterResult(RegisterOutcome.Created, reply.Time(1)),
            "replaced" => new RegisterResult(RegisterOutcome.Replaced, reply.Time(1)),
            "taken" => new RegisterResult(RegisterOutcome.NameTaken),
            "stale" => new RegisterResult(RegisterOutcome.StaleSequence, LastSequence: reply.Number(1)),
            var other => throw ScriptReply.Unexpected(other),
        };
    }

    public Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellationToken) =>
        _renewals.RenewAsync(username, tokenHash, cancellationToken);

    public async Task<UnregisterResult> UnregisterAsync(
        Username username,
        string peerId,
        long sequence,
        bool release,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(
            UnregisterScript,
            Shard.Of(username).Keys,
            cancellationToken,
            _lease,
            _claim,
            _kept,
            username.Value,
            peerId,
            sequence,
            release ? 1 : 0
        );
        return reply.Text(0) switch
        {
            "left" => new UnregisterResult(UnregisterOutcome.LeaseEnded),
            "released" => new UnregisterResult(UnregisterOutcome.Released),
            "unknown-peer" => new UnregisterResult(UnregisterOutcome.UnknownPeer),
            "taken" => new UnregisterResult(UnregisterOutcome.NameTaken),
            "stale" => new UnregisterResult(UnregisterOutcome.StaleSequence, reply.Number(1)),
            var other => throw ScriptReply.Unexpected(other),
        };
    }

    public async Task<bool> RemoveAsync(Username username, CancellationToken cancellationToken)
    {
        var reply = await EvaluateAsync(
            RemoveScript,
            Shard.Of(username).Keys,
            cancellationToken,
            _lease,
            _claim,
            _kept,
            username.Value
        );
        return reply.Flag(0);
    }

    public Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellationToken) =>
        _lookups.FindAsync(username, withRecord, cancellationToken);

    public Task<HolderLookup> FindForHolderAsync(
        Username username,
        LeaseToken token,
        CancellationToken cancellationToken
    ) => _lookups.FindForHolderAsync(username, token, cancellationToken);

    public Task<PeerPage> ListAsync(string? after, int limit, CancellationToken cancellationToken) =>
        new ShardMerge((shard, bound, size) => ListShardAsync(shard, bound, size, cancellationToken)).ReadAsync(
            after,
            limit
        );

    public async Task<ClaimCounts> CountClaimsAsync(Claimant claimant, CancellationToken cancellationToken)
    {
        var replies = await Task.WhenAll(
            Shard.All.Select(shard =>
                EvaluateAsync(CountScript, shard.Keys, cancellationToken, claimant.Pseudonym, claimant.Former ?? "")
            )
        );
        return new ClaimCounts(replies.Sum(reply => reply.Number(0)), replies.Sum(reply => reply.Number(1)));
    }

    public async Task<SweepResult> SweepAsync(CancellationToken cancellationToken)
    {
        var replies = await Task.WhenAll(
            Shard.All.Select(shard =>
                EvaluateAsync(SweepScript, shard.Keys, cancellationToken, _lease, _claim, _kept, SweepBatch)
            )
        );
        return new SweepResult(
            replies.Sum(reply => (int)reply.Number(0)),
            replies.Sum(reply => (int)reply.Number(1)),
            replies.Sum(reply => reply.Number(2)),
            replies.Sum(reply => reply.Number(3))
        );
    }

    public async Task<long> GetHeadAsync(int shard, CancellationToken cancellationToken) =>
        (await EvaluateAsync(HeadScript, Shard.All[shard].Keys, cancellationToken)).Number(0);

    public async Task<EventBatch> ReadEventsAsync(int shard, long after, int limit, CancellationToken cancellationToken)
    {
        const int Header = 2,
            Fields = 7;
        var reply = await EvaluateAsync(EventsScript, Shard.All[shard].Keys, cancellationToken, after, limit);
        var (head, isLost) = (reply.Number(0), reply.Flag(1));
        var events = new List<PeerEvent>((reply.Count - Header) / Fields);
        try
        {
            for (var i = Header; i < reply.Count; i += Fields)
            {
                events.Add(
                    new PeerEvent(
                        shard,
                        reply.Number(i),
                        reply.Text(i + 1),
                        reply.Text(i + 2),
                        reply.Text(i + 3),
                        reply.Text(i + 4),
                        reply.Number(i + 5),
                        reply.Flag(i + 6)
                    )
                );
            }
        }
        catch (StoreUnavailableException)
        {
            // An event written by another program would block all later ones. Reporting a loss makes listeners reload.
            return new EventBatch(head, Lost: true, []);
        }

        return new EventBatch(head, isLost, events);
    }

    public Task<string> EnsureDirectoryIdAsync(string proposal, CancellationToken cancellationToken) =>
        EnsureAsync(DirectoryIdKey, proposal, cancellationToken);

    public Task<string> EnsureClaimantKeyAsync(string proposal, CancellationToken cancellationToken) =>
        EnsureAsync(ClaimantKeyKey, proposal, cancellationToken);

    private Task<string> EnsureAsync(string key, string proposal, CancellationToken cancellationToken) =>
        _connection.CallAsync(
            async database =>
            {
                if (await database.StringSetAsync(key, proposal, when: When.NotExists))
                {
                    return proposal;
                }

                return (string?)await database.StringGetAsync(key) ?? proposal;
            },
            cancellationToken
        );

    private async Task<ShardMerge.Slice> ListShardAsync(
        Shard shard,
        string bound,
        int size,
        CancellationToken cancellationToken
    )
    {
        const int Header = 2,
            Fields = 4;
        var reply = await EvaluateAsync(ListScript, shard.Keys, cancellationToken, _lease, _claim, bound, size);
        var peers = new Queue<StoredPeer>((reply.Count - Header) / Fields);
        for (var i = Header; i < reply.Count; i += Fields)
        {
            // An entry written by another program must not hide the rest.
            if (reply.TryTime(i + 3, out var lastSeen))
            {
                peers.Enqueue(new StoredPeer(reply.Text(i), reply.Text(i + 1), reply.Flag(i + 2), lastSeen));
            }
        }

        return new ShardMerge.Slice(peers, LastLookedAt: reply.Text(1), HasMore: reply.Flag(0));
    }

    private Task<ScriptReply> EvaluateAsync(
        RedisScript script,
        RedisKey[] keys,
        CancellationToken cancellationToken,
        params RedisValue[] values
    ) => _connection.EvaluateAsync(script, keys, cancellationToken, values);
}
