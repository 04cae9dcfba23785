using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Keeps join codes and members in Redis. Each step is one script on one shard, and the steps of a call are ordered so
/// that it can be repeated after a crash; <c>Scripts/members.lua</c> describes the keys.
/// </summary>
internal sealed class RedisMembershipStore(RedisConnection connection, IOptions<DirectoryOptions> options)
    : IMembershipStore
{
    private const int SweepBatch = 200;

    private static readonly RedisScript FindCodeScript = RedisScript.ForMembers("codefind");
    private static readonly RedisScript MadeScript = RedisScript.ForMembers("codemade");
    private static readonly RedisScript UnmadeScript = RedisScript.ForMembers("codeunmade");
    private static readonly RedisScript ListCodesScript = RedisScript.ForMembers("codelist");
    private static readonly RedisScript AddCodeScript = RedisScript.ForMembers("codeadd");
    private static readonly RedisScript RemoveCodeScript = RedisScript.ForMembers("coderemove");
    private static readonly RedisScript ReserveScript = RedisScript.ForMembers("codereserve");
    private static readonly RedisScript SpendScript = RedisScript.ForMembers("codespend");
    private static readonly RedisScript ReleaseScript = RedisScript.ForMembers("coderelease");
    private static readonly RedisScript BarScript = RedisScript.ForMembers("codebar");
    private static readonly RedisScript JoinScript = RedisScript.ForMembers("memberjoin");
    private static readonly RedisScript FindMemberScript = RedisScript.ForMembers("memberfind");
    private static readonly RedisScript ListScript = RedisScript.ForMembers("memberlist");
    private static readonly RedisScript RemoveMemberScript = RedisScript.ForMembers("memberremove");
    private static readonly RedisScript SweepScript = RedisScript.ForMembers("membersweep");

    private static readonly RedisValue Longest = (long)JoinCodes.MaxLifetime.TotalMilliseconds;

    public string SystemName => "redis";

    public async Task<JoinCodeResult> AddCodeAsync(
        JoinCode code,
        JoinCodeLimits limits,
        CancellationToken cancellationToken
    )
    {
        var found = await EvaluateAsync(FindCodeScript, code.Hash, cancellationToken, code.Hash);
        if (found.Count > 0)
        {
            return Result(found, code, JoinCodeOutcome.Existing);
        }

        // Counted first: after a crash the code is missing but counted, and the maker adds it again.
        var ends = code.ExpiresAt.ToUnixTimeMilliseconds();
        if (!await CountAsync(Owner.Identity(code.Maker), code.Hash, ends, limits.PerIdentity, cancellationToken))
        {
            return new JoinCodeResult(JoinCodeOutcome.TooMany);
        }

        if (!await CountAsync(Owner.Address(code.Claimant), code.Hash, ends, limits.PerAddress, cancellationToken))
        {
            await UncountAsync(Owner.Identity(code.Maker), code.Hash, cancellationToken);
            return new JoinCodeResult(JoinCodeOutcome.TooMany);
        }

        var added = await EvaluateAsync(
            AddCodeScript,
            code.Hash,
            cancellationToken,
            code.Hash,
            code.Maker,
            code.Claimant,
            code.Uses,
            ends,
            Longest
        );
        return Result(added, code, JoinCodeOutcome.Added);
    }

    public async Task RemoveCodeAsync(string codeHash, string maker, CancellationToken cancellationToken)
    {
        var removed = await EvaluateAsync(RemoveCodeScript, codeHash, cancellationToken, codeHash, maker);
        if (removed.Count > 0)
        {
            await UncountAsync(Owner.Address(removed.Text(0)), codeHash, cancellationToken);
        }

        await UncountAsync(Owner.Identity(maker), codeHash, cancellationToken);
    }

    public async Task<bool> ReserveAsync(string codeHash, string peerId, CancellationToken cancellationToken)
    {
        var reply = await EvaluateAsync(
            ReserveScript,
            codeHash,
            cancellationToken,
            codeHash,
            peerId,
            (long)JoinCode.Reservation.TotalMilliseconds
        );
        return reply.Flag(0);
    }

    public async Task<bool> SpendAsync(
        string codeHash,
        string peerId,
        Username username,
        CancellationToken cancellationToken
    )
    {
        // Spent first: after a crash the key is not a member yet, and its next registration with the code completes it.
        var spent = await EvaluateAsync(SpendScript, codeHash, cancellationToken, codeHash, peerId);
        return spent.Count > 0 && await JoinAsync(peerId, username, maker: spent.Text(0), codeHash, cancellationToken);
    }

    public Task ReleaseAsync(string codeHash, string peerId, CancellationToken cancellationToken) =>
        EvaluateAsync(ReleaseScript, codeHash, cancellationToken, codeHash, peerId);

    public Task<bool> IsMemberAsync(string peerId, CancellationToken cancellationToken) =>
        connection.CallAsync(
            database => database.HashExistsAsync(Shard.OfText(peerId).MemberKeys[0], peerId),
            cancellationToken
        );

    public Task<bool> RefreshMemberAsync(string peerId, Username username, CancellationToken cancellationToken) =>
        JoinAsync(peerId, username, maker: "", codeHash: "", cancellationToken);

    public async Task<MemberPage> ListMembersAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        const int Fields = 5;
        var replies = await Task.WhenAll(
            Shard.All.Select(shard =>
                connection.EvaluateAsync(
                    ListScript,
                    shard.MemberKeys,
                    cancellationToken,
                    after is null ? "-" : "(" + after,
                    limit + 1
                )
            )
        );
        var members = replies
            .SelectMany(reply =>
                Enumerable
                    .Range(0, reply.Count / Fields)
                    .Select(index => index * Fields)
                    .Select(at => new Member(
                        reply.Text(at),
                        Names(reply.Text(at + 3)),
                        reply.Text(at + 2),
                        reply.Time(at + 1),
                        reply.Time(at + 4)
                    ))
            )
            .OrderBy(member => member.PeerId, StringComparer.Ordinal)
            .Take(limit + 1)
            .ToList();
        return new MemberPage([.. members.Take(limit)], members.Count > limit);
    }

    public async Task<IReadOnlyList<string>?> RemoveMemberAsync(string peerId, CancellationToken cancellationToken)
    {
        var member = await EvaluateAsync(FindMemberScript, peerId, cancellationToken, peerId);
        if (member.Count > 0)
        {
            // Before the membership ends, because afterwards nothing tells which code the key has used.
            await EvaluateAsync(BarScript, member.Text(0), cancellationToken, member.Text(0), peerId);
        }

        await EvaluateAsync(RemoveMemberScript, peerId, cancellationToken, peerId);
        var owner = Owner.Identity(peerId);
        var made = await EvaluateAsync(ListCodesScript, owner, cancellationToken, owner);
        await Task.WhenAll(
            Enumerable.Range(0, made.Count).Select(i => RemoveCodeAsync(made.Text(i), peerId, cancellationToken))
        );
        return member.Count > 0 ? Names(member.Text(1))
            : made.Count > 0 ? []
            : null;
    }

    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var replies = await Task.WhenAll(
            Shard.All.Select(shard =>
                connection.EvaluateAsync(
                    SweepScript,
                    shard.MemberKeys,
                    cancellationToken,
                    SweepBatch,
                    (long)options.Value.JoinCodes.MemberKept.TotalMilliseconds,
                    Longest,
                    RequestCounts.Day
                )
            )
        );
        return replies.Sum(reply => (int)reply.Number(0));
    }

    private static JoinCodeResult Result(ScriptReply reply, JoinCode code, JoinCodeOutcome outcome) =>
        reply.Text(0) == code.Maker
            ? new JoinCodeResult(outcome, reply.Time(1))
            : new JoinCodeResult(JoinCodeOutcome.Foreign);

    private static string[] Names(string joined) => joined.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private async Task<bool> JoinAsync(
        string peerId,
        Username username,
        string maker,
        string codeHash,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(
            JoinScript,
            peerId,
            cancellationToken,
            peerId,
            username.Value,
            Member.MaxUsernames,
            maker,
            codeHash
        );
        return reply.Flag(0);
    }

    private async Task<bool> CountAsync(
        string owner,
        string codeHash,
        long ends,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(MadeScript, owner, cancellationToken, owner, codeHash, ends, Longest, limit);
        return reply.Flag(0);
    }

    private async Task UncountAsync(string owner, string codeHash, CancellationToken cancellationToken) =>
        await EvaluateAsync(UnmadeScript, owner, cancellationToken, owner, codeHash);

    /// <param name="place">What selects the shard: a code's hash, a PeerId or an owner.</param>
    private Task<ScriptReply> EvaluateAsync(
        RedisScript script,
        string place,
        CancellationToken cancellationToken,
        params RedisValue[] values
    ) => connection.EvaluateAsync(script, Shard.OfText(place).MemberKeys, cancellationToken, values);
}
