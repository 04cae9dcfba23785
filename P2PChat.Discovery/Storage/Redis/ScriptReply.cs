using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>A script's reply: a flat list. A single value counts as a list of one.</summary>
/// <remarks>Reading a missing or malformed value throws a <see cref="StoreUnavailableException"/>.</remarks>
internal readonly struct ScriptReply
{
    // The range of DateTimeOffset, in Unix milliseconds.
    private const long EarliestTime = -62_135_596_800_000;
    private const long LatestTime = 253_402_300_799_999;

    private readonly RedisValue[] _values;

    public ScriptReply(RedisResult result) => _values = (RedisValue[]?)result ?? [];

    public int Count => _values.Length;

    public string Text(int index) => (string?)At(index) ?? "";

    public byte[] Bytes(int index) => (byte[]?)At(index) ?? [];

    // Scripts return large numbers as text, because Lua would round them.
    public long Number(int index) => At(index).TryParse(out long number) ? number : throw Unreadable();

    public bool Flag(int index) => Number(index) != 0;

    public DateTimeOffset Time(int index) => TryTime(index, out var time) ? time : throw Unreadable();

    /// <returns>False if the value is not a valid time.</returns>
    public bool TryTime(int index, out DateTimeOffset time)
    {
        var isTime = At(index).TryParse(out long milliseconds) && milliseconds is >= EarliestTime and <= LatestTime;
        time = isTime ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
        return isTime;
    }

    /// <summary>Creates the error for data that this directory never writes, such as another program's.</summary>
    public static StoreUnavailableException Unreadable() =>
        new(
            "Redis holds data that this directory cannot read. Check that no other program writes to it.",
            new FormatException()
        );

    public static InvalidOperationException Unexpected(string outcome) =>
        new($"Unexpected script outcome '{outcome}'.");

    private RedisValue At(int index) => index < Count ? _values[index] : throw Unreadable();
}
