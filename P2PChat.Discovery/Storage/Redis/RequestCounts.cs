using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>Counts the requests that a peer and its address deposit per day.</summary>
internal sealed class RequestCounts(RedisConnection connection)
{
    private static readonly RedisScript Script = RedisScript.ForMembers("askcount");

    /// <summary>24 hours in milliseconds.</summary>
    public static RedisValue Day { get; } = (long)TimeSpan.FromDays(1).TotalMilliseconds;

    /// <summary>Counts a request for both, unless one of them has reached its limit.</summary>
    public async Task<bool> TryAddAsync(
        RequestSender sender,
        int perSender,
        int perAddress,
        CancellationToken cancellationToken
    )
    {
        if (!await AddAsync(Owner.Identity(sender.PeerId), 1, perSender, cancellationToken))
        {
            return false;
        }

        if (await AddAsync(Owner.Address(sender.Claimant), 1, perAddress, cancellationToken))
        {
            return true;
        }

        _ = await AddAsync(Owner.Identity(sender.PeerId), -1, perSender, cancellationToken);
        return false;
    }

    private async Task<bool> AddAsync(string owner, int number, int limit, CancellationToken cancellationToken) =>
        (
            await connection.EvaluateAsync(
                Script,
                Shard.OfText(owner).MemberKeys,
                cancellationToken,
                owner,
                number,
                limit,
                Day
            )
        ).Flag(0);
}
