using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace P2PChat.Node.Lan;

/// <summary>
/// Reads messages of multicast DNS (RFC 1035, section 4). Anything malformed makes the whole message unreadable.
/// </summary>
internal ref struct DnsReader
{
    /// <summary>Largest message, in bytes (RFC 6762, section 17).</summary>
    public const int MaxBytes = 9000;

    // Far more than an honest message has.
    private const int MaxRecords = 256;
    private const int MaxNameLength = 255;
    private const int MaxPointers = 32;
    private const ushort InternetClass = 1;
    private const ushort AnyClass = 255;

    // The top bit of a class: QU in a question, cache-flush in a record (RFC 6762, sections 5.4 and 10.2).
    private const ushort TopBit = 0x8000;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    private DnsReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <returns>Null if the bytes are not a valid message, or one that must be ignored.</returns>
    public static DnsMessage? TryRead(ReadOnlySpan<byte> bytes)
    {
        var reader = new DnsReader(bytes);
        return bytes.Length is >= 12 and <= MaxBytes ? reader.TryReadMessage() : null;
    }

    private DnsMessage? TryReadMessage()
    {
        var (id, flags) = (ReadUInt16(), ReadUInt16());
        var (questions, answers) = ((int)ReadUInt16(), ReadUInt16() + ReadUInt16() + ReadUInt16());
        // Another opcode or a response code must be ignored (RFC 6762, sections 18.3 and 18.11).
        if ((flags & 0x780F) != 0 || questions + answers > MaxRecords)
        {
            return null;
        }

        var message = (Questions: new List<DnsQuestion>(), Answers: new List<DnsRecord>());
        for (var i = 0; i < questions; i++)
        {
            if (TryReadName(out var name) is false || !Has(4))
            {
                return null;
            }

            var (type, @class) = ((DnsType)ReadUInt16(), ReadUInt16());
            if ((@class & ~TopBit) is InternetClass or AnyClass)
            {
                message.Questions.Add(new DnsQuestion(name, type, (@class & TopBit) != 0));
            }
        }

        for (var i = 0; i < answers; i++)
        {
            if (!TryReadRecord(message.Answers))
            {
                return null;
            }
        }

        return new DnsMessage(id, (flags & 0x8000) != 0, message.Questions, message.Answers);
    }

    private bool TryReadRecord(List<DnsRecord> records)
    {
        if (!TryReadName(out var name) || !Has(10))
        {
            return false;
        }

        var (type, @class) = ((DnsType)ReadUInt16(), ReadUInt16() & ~TopBit);
        var ttl = TimeSpan.FromSeconds(Math.Min(BinaryPrimitives.ReadUInt32BigEndian(Take(4)), int.MaxValue));
        var length = ReadUInt16();
        if (!Has(length))
        {
            return false;
        }

        var end = _at + length;
        if (!TryReadData(type, length, out var data) || data is not null && _at != end)
        {
            return false;
        }

        _at = end;
        if (data is not null && @class == InternetClass)
        {
            records.Add(new DnsRecord(name, ttl, data));
        }

        return true;
    }

    /// <param name="data">Null for a type that is not kept.</param>
    private bool TryReadData(DnsType type, int length, out DnsData? data)
    {
        data = null;
        var end = _at + length;
        switch (type)
        {
            case DnsType.A when length == 4:
            case DnsType.Aaaa when length == 16:
                data = new DnsData.Host(new IPAddress(Take(length)));
                return true;
            case DnsType.A or DnsType.Aaaa:
                return false;
            case DnsType.Ptr:
                if (!TryReadName(out var target))
                {
                    return false;
                }

                data = new DnsData.Ptr(target);
                return true;
            case DnsType.Srv:
                if (length < 7)
                {
                    return false;
                }

                _ = Take(4);
                var port = ReadUInt16();
                if (!TryReadName(out var host))
                {
                    return false;
                }

                data = new DnsData.Srv(port, host);
                return true;
            case DnsType.Txt:
                var text = new StringBuilder();
                while (_at < end)
                {
                    var size = _bytes[_at++];
                    if (_at + size > end)
                    {
                        return false;
                    }

                    _ = text.Append(text.Length == 0 ? "" : "\n").Append(Encoding.Latin1.GetString(Take(size)));
                }

                data = new DnsData.Txt(text.ToString());
                return true;
            default:
                return true;
        }
    }

    private bool TryReadName(out string name)
    {
        var text = new StringBuilder();
        var (at, end, pointers) = (_at, -1, 0);
        name = "";
        while (true)
        {
            if (at >= _bytes.Length)
            {
                return false;
            }

            int length = _bytes[at++];
            if (length == 0)
            {
                break;
            }

            if ((length & 0xC0) == 0xC0)
            {
                if (at >= _bytes.Length || ++pointers > MaxPointers)
                {
                    return false;
                }

                var target = ((length & 0x3F) << 8) | _bytes[at++];
                end = end < 0 ? at : end;
                // Only backwards, so that pointers cannot form a loop.
                if (target >= at - 2)
                {
                    return false;
                }

                at = target;
                continue;
            }

            if ((length & 0xC0) != 0 || at + length > _bytes.Length || text.Length + length + 1 > MaxNameLength)
            {
                return false;
            }

            _ = text.Append(text.Length == 0 ? "" : ".").Append(Encoding.Latin1.GetString(_bytes.Slice(at, length)));
            at += length;
        }

        _at = end < 0 ? at : end;
        name = text.ToString().ToLowerInvariant();
        return true;
    }

    private readonly bool Has(int count) => _at + count <= _bytes.Length;

    private ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }
}
