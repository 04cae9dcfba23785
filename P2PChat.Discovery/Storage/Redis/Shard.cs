using System.Globalization;
using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// One of 16 shards of the names, members and join codes. Its keys share a hash tag, so Redis Cluster keeps them on one
/// node.
/// </summary>
internal sealed class Shard
{
    public const int Count = 16;

    public static readonly IReadOnlyList<Shard> All = [.. Enumerable.Range(0, Count).Select(index => new Shard(index))];

    private Shard(int index)
    {
        Index = index;
        RedisKey[] keys =
        [
            Key("peers"),
            Key("records"),
            Key("tokens"),
            Key("leases"),
            Key("dormant"),
            Key("names"),
            Key("claimants"),
            Key("events"),
            Key("counter"),
            Key("boxes"),
            Key("grants"),
            Key("usage"),
            Key("queue"),
            Key("fades"),
            Key("meta"),
            Key("mail"),
            Key("newest"),
            Key("mailcount"),
            Key("asks"),
            Key("askends"),
            Key("askmail"),
            Key("files"),
            Key("fileends"),
            Key("filewaits"),
            Key("filemeta"),
            Key("fileblobs"),
            Key("filegone"),
            Key("fileusage"),
            Key("clock"),
        ];
        Keys = keys;
        RenewKeys = [keys[2], keys[3], keys[0]];
        FindKeys = [.. keys[..5], keys[^1]];
        MemberKeys =
        [
            Key("members"),
            Key("roster"),
            Key("seen"),
            Key("codes"),
            Key("codeends"),
            Key("made"),
            Key("madeends"),
            Key("asked"),
            Key("askedends"),
            Key("memberclock"),
        ];
    }

    public int Index { get; }

    /// <summary>All keys, in the order that <c>peers.lua</c> expects.</summary>
    public RedisKey[] Keys { get; }

    /// <summary>The keys of <c>renew.lua</c>.</summary>
    public RedisKey[] RenewKeys { get; }

    /// <summary>The keys of <c>find.lua</c>.</summary>
    public RedisKey[] FindKeys { get; }

    /// <summary>All keys, in the order that <c>members.lua</c> expects.</summary>
    public RedisKey[] MemberKeys { get; }

    public static Shard Of(Username username) => OfText(username.Value);

    /// <summary>Returns the shard of anything else that is spread by its text, such as a PeerId.</summary>
    public static Shard OfText(string text) => All[(int)(Fnv1A(text) % Count)];

    private string Key(string name) => string.Create(CultureInfo.InvariantCulture, $"{{p2pchat:{Index:00}}}:{name}");

    // FNV-1a, 32 bits. Unlike string.GetHashCode it is the same in every process and version.
    private static uint Fnv1A(string text)
    {
        var hash = 2166136261;
        foreach (var c in text)
        {
            hash = (hash ^ c) * 16777619;
        }

        return hash;
    }
}
