using Google.Protobuf;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Fuzzing;

/// <summary>
/// A record, its signature and its key as fields 1 to 3 of a message, so that each can be mutated as a field.
/// </summary>
internal static class Parts
{
    public static byte[] Join(SignedRecord signed)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            foreach (var (number, part) in new[] { signed.Record, signed.Signature, signed.PublicKey }.Index())
            {
                output.WriteTag(number + 1, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(part.Span));
            }
        }

        return stream.ToArray();
    }

    /// <returns>Null if it is not such a message.</returns>
    public static SignedRecord? Split(byte[] joined)
    {
        var parts = new byte[3][];
        var input = new CodedInputStream(joined);
        try
        {
            while (input.ReadTag() is var tag and not 0)
            {
                if (
                    WireFormat.GetTagFieldNumber(tag) is >= 1 and <= 3 and var number
                    && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited
                )
                {
                    parts[number - 1] = input.ReadBytes().ToByteArray();
                }
                else
                {
                    input.SkipLastField();
                }
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }

        return new SignedRecord(parts[0] ?? [], parts[1] ?? [], parts[2] ?? []);
    }
}
