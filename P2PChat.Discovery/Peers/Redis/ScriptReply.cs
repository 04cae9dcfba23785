using StackExchange.Redis;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>What a script answered: a flat list, or a single value as a list of one.</summary>
internal readonly struct ScriptReply
{
    private readonly RedisValue[] _values;

    public ScriptReply(RedisResult result) => _values = (RedisValue[]?)result ?? [];

    public int Count => _values.Length;

    public string Text(int index) => (string?)_values[index] ?? "";

    public byte[] Bytes(int index) => (byte[]?)_values[index] ?? [];

    // As a number or, where Lua would round, as text.
    public long Number(int index) => (long)_values[index];

    public bool Flag(int index) => Number(index) != 0;

    public DateTimeOffset Time(int index) => DateTimeOffset.FromUnixTimeMilliseconds(Number(index));

    public static InvalidOperationException Unexpected(string outcome) => new($"The script answered '{outcome}', which it never should.");
}
