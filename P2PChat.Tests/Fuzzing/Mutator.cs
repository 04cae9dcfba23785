using System.Buffers.Binary;
using System.Text;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Fuzzing;

/// <summary>
/// Mutates an input slightly, as bytes, Protobuf fields, JSON or text. The same seed makes the same mutations.
/// </summary>
internal sealed class Mutator(Random random)
{
    private const int MaxLength = 8 * 1024;

    // Limits of numbers, lengths and encodings.
    private static readonly ulong[] Edges =
    [
        0,
        1,
        2,
        0x7F,
        0x80,
        0xFF,
        0x100,
        1023,
        1024,
        1025,
        0x7FFF,
        0xFFFF,
        0x10000,
        65_537,
        262_144,
        262_145,
        int.MaxValue,
        1UL << 31,
        uint.MaxValue,
        1UL << 32,
        long.MaxValue - 1,
        long.MaxValue,
        1UL << 63,
        ulong.MaxValue - 1,
        ulong.MaxValue,
        1_800_000_000_000,
        253_402_300_799_999,
        253_402_300_800_000,
    ];

    // Look-alikes of allowed characters, bidirectional controls, line ends, and a lone surrogate.
    private static readonly string[] Snippets =
    [
        "\u0130",
        "\u0131",
        "\u017F",
        "\u212A",
        "\uFF41",
        "\u0430",
        "\u202E",
        "\u2066",
        "\u200F",
        "\u2028",
        "\u2029",
        "\0",
        "\u001b[2J",
        "\r\n",
        "\uD800",
        "\uDC00",
        "\uFEFF",
        "-",
        "_",
        ".",
        "..",
        "/",
        "%2e",
        "=",
        "A",
        "z",
        "0",
        "7",
        " ",
        "\t",
        "\"",
        "\\ud800",
        "\\u0000",
        "1e400",
        "-1",
        "null",
        "{}",
        "[]",
        "true",
        "xn--",
        "::1",
        "[",
        "]",
        "@",
        ":0",
        "a.",
        "\U0001F44B",
    ];

    public byte[] Mutate(byte[] input, Form form)
    {
        var changed = input;
        for (var rounds = 1 + random.Next(4); rounds > 0; rounds--)
        {
            changed = form switch
            {
                Form.Message when random.Next(4) > 0 => MutateMessage(changed, depth: 0),
                Form.Frame when random.Next(4) > 0 && changed.Length > 4 => MutateFrame(changed),
                Form.Text when random.Next(4) > 0 => MutateText(changed),
                Form.Json when random.Next(4) > 0 => MutateJson(changed),
                _ => MutateBytes(changed),
            };
        }

        return changed.Length <= MaxLength ? changed : changed[..MaxLength];
    }

    public ulong Number() =>
        random.Next(3) switch
        {
            0 => Edges[random.Next(Edges.Length)],
            1 => (ulong)random.NextInt64(),
            _ => (ulong)random.Next(2000),
        };

    public string Snippet() => Snippets[random.Next(Snippets.Length)];

    private byte[] MutateBytes(byte[] input)
    {
        var at = random.Next(input.Length + 1);
        switch (random.Next(6))
        {
            case 0 when input.Length > 0:
                var flipped = (byte[])input.Clone();
                flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1:
                return input[..at];
            case 2:
                var filling = new byte[random.Next(1, 9)];
                random.NextBytes(filling);
                return [.. input[..at], .. filling, .. input[at..]];
            case 3:
                return [.. input[..at], .. input[(at + random.Next(input.Length - at + 1))..]];
            case 4:
                var end = at + random.Next(input.Length - at + 1);
                return [.. input[..end], .. input[at..end], .. input[end..]];
            default:
                var overwritten = (byte[])input.Clone();
                foreach (var i in Enumerable.Range(at, Math.Min(input.Length - at, random.Next(1, 5))))
                {
                    overwritten[i] = (byte)random.Next(256);
                }

                return overwritten;
        }
    }

    private byte[] MutateFrame(byte[] frame)
    {
        var body = MutateMessage(frame[4..], depth: 0);
        var length = random.Next(8) == 0 ? (uint)Number() : (uint)body.Length;
        var changed = new byte[4 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(changed, length);
        body.CopyTo(changed, 4);

        // Appends a second frame or half of one.
        return random.Next(6) == 0 ? [.. changed, .. frame[..random.Next(frame.Length + 1)]] : changed;
    }

    /// <summary>Splits a message into fields without a schema, and mutates one of them or their order.</summary>
    private byte[] MutateMessage(byte[] message, int depth)
    {
        var fields = Split(message);
        if (fields.Count == 0)
        {
            return random.Next(2) == 0 ? MutateBytes(message) : NewField();
        }

        var at = random.Next(fields.Count);
        switch (random.Next(8))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(random.Next(fields.Count + 1), fields[at]);
                break;
            case 2:
                fields.Insert(random.Next(fields.Count + 1), new Field(NewField(), 0, 0));
                break;
            case 3:
                (fields[0], fields[at]) = (fields[at], fields[0]);
                break;
            case 4:
                // Nested groups, whose depth parsers limit.
                fields.Add(
                    new Field(
                        [
                            .. Enumerable.Repeat((byte)0x7B, random.Next(200)),
                            .. Enumerable.Repeat((byte)0x7C, random.Next(200)),
                        ],
                        0,
                        0
                    )
                );
                break;
            default:
                fields[at] = Change(fields[at], depth);
                break;
        }

        return [.. fields.SelectMany(field => field.Bytes)];
    }

    private Field Change(Field field, int depth)
    {
        var tag = field.Bytes[..field.TagLength];
        return field.Wire switch
        {
            0 when field.TagLength > 0 => field with { Bytes = [.. tag, .. Encode(Number())] },
            2 when random.Next(5) == 0 => field with { Bytes = [.. tag, .. Encode(Number()), .. field.Content] },
            2 => WithContent(
                tag,
                random.Next(3) switch
                {
                    0 when depth < 4 => MutateMessage(field.Content, depth + 1),
                    1 => MutateText(field.Content),
                    _ => MutateBytes(field.Content),
                }
            ),
            _ => field with { Bytes = MutateBytes(field.Bytes) },
        };
    }

    private byte[] MutateText(byte[] utf8)
    {
        var text = Encoding.UTF8.GetString(utf8);
        var at = random.Next(text.Length + 1);
        var changed = random.Next(5) switch
        {
            0 => text[..at] + Snippet() + text[at..],
            1 when at < text.Length => text[..at] + Snippet() + text[(at + 1)..],
            2 => text[..at] + text[at..].ToUpperInvariant(),
            3 => text[..at] + string.Concat(Enumerable.Repeat(Snippet(), random.Next(1, 40))) + text[at..],
            _ => text[at..] + text[..at],
        };

        return Encoding.UTF8.GetBytes(changed);
    }

    /// <summary>Mutates one value, name or delimiter. The result is often still JSON.</summary>
    private byte[] MutateJson(byte[] json)
    {
        var text = Encoding.UTF8.GetString(json);
        var starts = Enumerable.Range(0, text.Length).Where(i => text[i] is ':' or ',' or '{' or '[').ToList();
        if (starts.Count == 0)
        {
            return MutateText(json);
        }

        var start = starts[random.Next(starts.Count)] + 1;
        var end = start;
        while (end < text.Length && text[end] is not (',' or '}' or ']'))
        {
            end++;
        }

        string[] values =
        [
            "null",
            "0",
            "-1",
            "1e400",
            "18446744073709551615",
            "9223372036854775808",
            "true",
            "\"\"",
            "\"\\ud800\"",
            "\"\\u202e\\u001b[2J\"",
            "{}",
            "[]",
            "[null]",
            new string('[', 70),
            "\"" + new string('A', 3000) + "\"",
            text[start..end],
            "\"urn:p2pchat:problem:stale-sequence\"",
        ];
        var value = values[random.Next(values.Length)];
        return Encoding.UTF8.GetBytes(
            random.Next(4) switch
            {
                0 => text[..start] + text[start..end] + "," + text[start..],
                1 => text[..start] + text[Math.Min(end + 1, text.Length)..],
                _ => text[..start] + value + text[end..],
            }
        );
    }

    private byte[] NewField()
    {
        var number = random.Next(3) == 0 ? Number() & 0x1FFF_FFFF : (ulong)random.Next(1, 16);
        var wire = random.Next(6);
        var tag = Encode(number << 3 | (uint)wire);
        var content = new byte[random.Next(20)];
        random.NextBytes(content);
        return wire switch
        {
            0 => [.. tag, .. Encode(Number())],
            2 => WithContent(tag, content).Bytes,
            _ => [.. tag, .. content],
        };
    }

    private static Field WithContent(byte[] tag, byte[] content) =>
        new([.. tag, .. Encode((ulong)content.Length), .. content], tag.Length, 2) { Content = content };

    private static byte[] Encode(ulong value)
    {
        Span<byte> buffer = stackalloc byte[Varint.MaxLength];
        var rest = buffer;
        Varint.Write(ref rest, value);
        return buffer[..^rest.Length].ToArray();
    }

    private static List<Field> Split(ReadOnlySpan<byte> message)
    {
        var fields = new List<Field>();
        while (!message.IsEmpty)
        {
            if (!TryDecode(message, out var tag, out var tagLength))
            {
                break;
            }

            var rest = message[tagLength..];
            var length = (tag & 7) switch
            {
                0 when TryDecode(rest, out _, out var size) => size,
                1 when rest.Length >= 8 => 8,
                5 when rest.Length >= 4 => 4,
                2 when TryDecode(rest, out var size, out var sizeLength) && size <= (ulong)(rest.Length - sizeLength) =>
                    sizeLength + (int)size,
                _ => -1,
            };
            if (length < 0)
            {
                break;
            }

            var content = (tag & 7) == 2 && TryDecode(rest, out _, out var skip) ? rest[skip..length].ToArray() : [];
            fields.Add(
                new Field(message[..(tagLength + length)].ToArray(), tagLength, (int)(tag & 7)) { Content = content }
            );
            message = rest[length..];
        }

        if (!message.IsEmpty)
        {
            fields.Add(new Field(message.ToArray(), 0, -1));
        }

        return fields;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out ulong value, out int length)
    {
        var rest = bytes;
        var isComplete = Varint.TryRead(ref rest, out value);
        length = bytes.Length - rest.Length;
        return isComplete;
    }

    private readonly record struct Field(byte[] Bytes, int TagLength, int Wire)
    {
        public byte[] Content { get; init; } = [];
    }
}

/// <summary>The form of an input, which its mutations mostly keep.</summary>
internal enum Form
{
    Bytes,

    /// <summary>A length and a Protobuf message.</summary>
    Frame,

    /// <summary>A Protobuf message.</summary>
    Message,
    Text,
    Json,
}
