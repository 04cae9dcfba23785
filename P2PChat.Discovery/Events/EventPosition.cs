using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using P2PChat.Protocol.Wire;

namespace P2PChat.Discovery.Events;

/// <summary>
/// A reader's position: the number of the last event read from each shard. Its text is the <c>id</c> of an event and
/// opaque to clients: base64url of the lowest number and each shard's difference from it, as little-endian base-128
/// varints.
/// </summary>
internal sealed class EventPosition
{
    // 17 varints of at most ten bytes each, in base64url.
    private const int MaxTextLength = 240;

    private readonly long[] _numbers;

    public EventPosition(IEnumerable<long> numbers) => _numbers = [.. numbers];

    public int ShardCount => _numbers.Length;

    public long this[int shard] => _numbers[shard];

    public EventPosition With(int shard, long number)
    {
        var moved = new EventPosition(_numbers);
        moved._numbers[shard] = number;
        return moved;
    }

    /// <summary>Whether this position is at or after <paramref name="other"/> in every shard.</summary>
    public bool Covers(EventPosition other)
    {
        for (var shard = 0; shard < _numbers.Length; shard++)
        {
            if (_numbers[shard] < other._numbers[shard])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Combines two positions: the later one in each shard.</summary>
    public EventPosition Max(EventPosition other) => new(_numbers.Zip(other._numbers, Math.Max));

    /// <summary>
    /// Parses a position. One with another number of shards comes from another store and is rejected.
    /// </summary>
    public static bool TryParse(string text, int shardCount, [NotNullWhen(true)] out EventPosition? position)
    {
        position = null;
        if (text.Length is 0 or > MaxTextLength || !Base64Url.IsValid(text))
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = Base64Url.DecodeFromChars(text);
        if (!TryReadNumber(ref bytes, out var lowest))
        {
            return false;
        }

        var numbers = new long[shardCount];
        for (var shard = 0; shard < shardCount; shard++)
        {
            if (!TryReadNumber(ref bytes, out var above) || above > long.MaxValue - lowest)
            {
                return false;
            }

            numbers[shard] = lowest + above;
        }

        if (!bytes.IsEmpty)
        {
            return false;
        }

        position = new EventPosition(numbers);
        return true;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Varint.MaxLength * (_numbers.Length + 1)];
        var rest = bytes;
        var lowest = _numbers.Min();
        Varint.Write(ref rest, (ulong)lowest);
        foreach (var number in _numbers)
        {
            Varint.Write(ref rest, (ulong)(number - lowest));
        }

        return Base64Url.EncodeToString(bytes[..^rest.Length]);
    }

    // At most nine bytes, because a position is not negative.
    private static bool TryReadNumber(ref ReadOnlySpan<byte> bytes, out long number)
    {
        var isRead = Varint.TryRead(ref bytes, out var value, maxLength: 9);
        number = (long)value;
        return isRead;
    }
}
