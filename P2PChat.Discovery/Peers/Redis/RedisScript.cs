using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>A script that Redis keeps by its hash, so that a call sends 20 bytes rather than all of it.</summary>
internal sealed class RedisScript
{
    private const string Peers = "P2PChat.Discovery.Peers.Redis";
    private const string Mailboxes = "P2PChat.Discovery.Mailbox.Redis";

    private readonly string _text;
    private readonly byte[] _hash;

    private RedisScript(string text)
    {
        _text = text;
#pragma warning disable CA5350 // SHA-1 is how Redis names scripts; nothing rests on it.
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>Redis's name for it.</summary>
    public ReadOnlyMemory<byte> Hash => _hash;

    /// <summary>A script that changes a shard, after what is common to those.</summary>
    public static RedisScript OnShard(string name) => new(Read("peers") + Read("shard") + Read(name));

    /// <summary>A script that only reads a shard. What writing takes is left out, for Redis would set it up at each call.</summary>
    public static RedisScript Reading(string name) => new(Read("peers") + Read(name));

    /// <summary>A script on mailboxes, after what is common to those too.</summary>
    public static RedisScript OnMailbox(string name) =>
        new(Read("peers") + Read("shard") + Read("mailbox", Mailboxes) + Read(name, Mailboxes));

    /// <summary>A script that needs nothing of the common part.</summary>
    public static RedisScript Alone(string name) => new(Read(name));

    public async Task<RedisResult> EvaluateAsync(IDatabase database, RedisKey[] keys, params RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, values);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // New to this node, or it was restarted. Given the text, the client loads it first.
            return await database.ScriptEvaluateAsync(_text, keys, values);
        }
    }

    private static string Read(string name, string place = Peers)
    {
        var resource = $"{place}.Scripts.{name}.lua";
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The script {resource} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
