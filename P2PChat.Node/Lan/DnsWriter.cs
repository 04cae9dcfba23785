using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace P2PChat.Node.Lan;

/// <summary>Writes messages of multicast DNS (RFC 1035, section 4), without compression.</summary>
internal static class DnsWriter
{
    private const ushort InternetClass = 1;

    // QR and AA (RFC 6762, sections 18.2 and 18.4).
    private const ushort ResponseFlags = 0x8400;

    /// <exception cref="ArgumentException">A label is empty or longer than 63 bytes.</exception>
    public static byte[] Write(DnsMessage message)
    {
        var output = new ArrayBufferWriter<byte>(512);
        WriteUInt16(output, message.Id);
        WriteUInt16(output, message.IsResponse ? ResponseFlags : (ushort)0);
        WriteUInt16(output, (ushort)message.Questions.Count);
        WriteUInt16(output, (ushort)message.Answers.Count);
        WriteUInt16(output, 0);
        WriteUInt16(output, 0);
        foreach (var question in message.Questions)
        {
            WriteName(output, question.Name);
            WriteUInt16(output, (ushort)question.Type);
            WriteUInt16(output, (ushort)(InternetClass | (question.WantsUnicast ? 0x8000 : 0)));
        }

        foreach (var record in message.Answers)
        {
            WriteName(output, record.Name);
            WriteUInt16(output, (ushort)record.Data.Type);
            // Without the cache-flush bit: see docs/decisions/0050.
            WriteUInt16(output, InternetClass);
            BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), (uint)record.Ttl.TotalSeconds);
            output.Advance(4);
            var data = Data(record.Data);
            WriteUInt16(output, (ushort)data.Length);
            output.Write(data);
        }

        return output.WrittenSpan.ToArray();
    }

    private static ReadOnlySpan<byte> Data(DnsData data)
    {
        var output = new ArrayBufferWriter<byte>(64);
        switch (data)
        {
            case DnsData.Host host:
                output.Write(host.Address.GetAddressBytes());
                break;
            case DnsData.Ptr ptr:
                WriteName(output, ptr.Target);
                break;
            case DnsData.Srv srv:
                // Priority and weight.
                WriteUInt16(output, 0);
                WriteUInt16(output, 0);
                WriteUInt16(output, (ushort)srv.Port);
                WriteName(output, srv.Target);
                break;
            case DnsData.Txt txt:
                foreach (var text in txt.Text.Split('\n'))
                {
                    WriteString(output, text, byte.MaxValue);
                }

                break;
        }

        return output.WrittenSpan;
    }

    private static void WriteName(ArrayBufferWriter<byte> output, string name)
    {
        foreach (var label in name.Split('.'))
        {
            ArgumentException.ThrowIfNullOrEmpty(label);
            WriteString(output, label, 63);
        }

        WriteString(output, "", 0);
    }

    private static void WriteString(ArrayBufferWriter<byte> output, string text, int maxLength)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, maxLength, nameof(text));
        output.Write([(byte)bytes.Length]);
        output.Write(bytes);
    }

    private static void WriteUInt16(ArrayBufferWriter<byte> output, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), value);
        output.Advance(2);
    }
}
