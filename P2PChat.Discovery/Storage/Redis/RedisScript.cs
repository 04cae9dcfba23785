using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>A Lua script, called by its SHA-1 so that its text is sent only once.</summary>
internal sealed class RedisScript
{
    private readonly string _text;
    private readonly byte[] _hash;

    private RedisScript(string text)
    {
        _text = text;
#pragma warning disable CA5350 // Redis identifies scripts by SHA-1. It has no security role here.
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>The SHA-1 by which Redis identifies the script.</summary>
    public ReadOnlyMemory<byte> Hash => _hash;

    /// <summary>Loads a script that writes a shard, with the functions shared by such scripts.</summary>
    public static RedisScript ForShard(string name) => new(Writing("peers") + Read("shard") + Read(name));

    /// <summary>
    /// Loads a script that only reads a shard, without the functions for writing, which Redis would define per call.
    /// </summary>
    public static RedisScript ForReading(string name) => new(Read("time") + Read("peers") + Read(name));

    /// <summary>Loads a script on mailboxes, with the functions shared by such scripts.</summary>
    public static RedisScript ForMailbox(string name) =>
        new(Writing("peers") + Read("shard") + Read("mailbox") + Read(name));

    /// <summary>Loads a script on the files of a mailbox, with the functions shared by such scripts.</summary>
    public static RedisScript ForFiles(string name) =>
        new(Writing("peers") + Read("shard") + Read("mailbox") + Read("files") + Read(name));

    /// <summary>Loads a script on join codes and members, with the functions shared by such scripts.</summary>
    public static RedisScript ForMembers(string name) => new(Writing("members") + Read(name));

    /// <summary>Loads a script without any shared functions.</summary>
    public static RedisScript Standalone(string name) => new(Read(name));

    public async Task<RedisResult> EvaluateAsync(IDatabase database, RedisKey[] keys, params RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, values);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The node is new or was restarted. Given the text, the client loads the script first.
            return await database.ScriptEvaluateAsync(_text, keys, values);
        }
    }

    private static string Writing(string keys) => Read("time") + Read("sweeping") + Read(keys);

    private static string Read(string name)
    {
        var resource = $"{typeof(RedisScript).Namespace}.Scripts.{name}.lua";
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The script {resource} is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
