using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Stun;
using P2PChat.Tests.Vectors;

namespace P2PChat.Tests.Protocol.Stun;

#pragma warning disable CA5350, CA5351 // RFC 5769 uses HMAC-SHA1 and MD5; the product uses neither here.

/// <summary>The format of STUN messages, by the vectors of RFC 5769 and our own.</summary>
public sealed class StunMessageTests
{
    private const string ShortTermPassword = "VOkJxbRl1RmTxUk/WvJxBt";

    [Fact]
    public void Valid_vectors_are_read()
    {
        foreach (var vector in StunVectors.Read().Valid)
        {
            Assert.True(StunMessage.TryRead(vector.Bytes, out var message), vector.Name);

            Assert.Equal(vector.Type, ((int)message.Type).ToString("x4", CultureInfo.InvariantCulture));
            Assert.Equal(vector.TransactionId, Convert.ToHexStringLower(message.TransactionId));
            Assert.Equal(vector.Fingerprint, message.HasFingerprint);
            Assert.Equal(vector.MappedAddress, message.ReadMappedAddress()?.ToString());
            Assert.Equal(vector.ResponseOrigin, message.ReadAddress(StunAttributeType.ResponseOrigin)?.ToString());
            Assert.Equal(vector.OtherAddress, message.ReadAddress(StunAttributeType.OtherAddress)?.ToString());
            Assert.Equal(vector.ErrorCode, message.ReadErrorCode());
        }
    }

    [Fact]
    public void Invalid_vectors_and_all_their_prefixes_are_refused()
    {
        var vectors = StunVectors.Read();
        Assert.All(vectors.Invalid, vector => Assert.False(StunMessage.TryRead(vector.Bytes, out _), vector.Name));
        foreach (var vector in vectors.Valid)
        {
            for (var length = 0; length < vector.Bytes.Length; length++)
            {
                Assert.False(StunMessage.TryRead(vector.Bytes.AsSpan(0, length), out _), $"{vector.Name}, {length}");
            }
        }
    }

    [Fact]
    public void Message_integrity_of_RFC_5769_covers_what_precedes_it()
    {
        var vectors = StunVectors.Read().Valid;
        var longTerm = MD5.HashData(Encoding.UTF8.GetBytes("マトリックス:example.org:TheMatrIX"));
        foreach (
            var (vector, key) in vectors.Take(3).Select(vector => (vector, Encoding.ASCII.GetBytes(ShortTermPassword)))
        )
        {
            Assert.True(HasIntegrity(vector.Bytes, key), vector.Name);
        }

        Assert.True(HasIntegrity(vectors[3].Bytes, longTerm), vectors[3].Name);
        Assert.False(HasIntegrity(vectors[3].Bytes, Encoding.ASCII.GetBytes(ShortTermPassword)));
    }

    [Theory]
    [InlineData("192.0.2.1:32853")]
    [InlineData("[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    public void Written_message_reads_back(string address)
    {
        var endpoint = IPEndPoint.Parse(address);
        var buffer = new byte[256];
        var writer = new StunWriter(buffer, StunMessageType.BindingSuccess, "0123456789ab"u8);
        writer.AddXorMappedAddress(endpoint);
        writer.AddAddress(StunAttributeType.OtherAddress, endpoint);
        writer.AddChangeRequest(address: true, port: false);
        writer.AddPadding(5);
        writer.AddErrorCode(699);
        writer.AddUnknownAttributes([0x24, 0x25, 0x26]);
        writer.AddFingerprint();

        Assert.True(StunMessage.TryRead(writer.Written, out var message));
        Assert.Equal((StunMessageType.BindingSuccess, true), (message.Type, message.HasFingerprint));
        Assert.Equal("0123456789ab"u8.ToArray(), message.TransactionId.ToArray());
        Assert.Equal(endpoint, message.ReadMappedAddress());
        Assert.Equal(endpoint, message.ReadAddress(StunAttributeType.OtherAddress));
        Assert.Equal(699, message.ReadErrorCode());
        Assert.True(message.TryFind(StunAttributeType.ChangeRequest, out var change));
        Assert.Equal([0, 0, 0, 4], change.ToArray());
        Assert.True(message.TryFind(StunAttributeType.UnknownAttributes, out var unknown));
        Assert.Equal([0, 0x24, 0, 0x25, 0, 0x26], unknown.ToArray());
        Assert.True(message.TryFind(StunAttributeType.Padding, out var padding));
        Assert.Equal(new byte[5], padding.ToArray());
    }

    [Fact]
    public void IPv4_mapped_address_is_written_as_IPv4()
    {
        var writer = new StunWriter(new byte[64], StunMessageType.BindingSuccess, "0123456789ab"u8);
        writer.AddXorMappedAddress(IPEndPoint.Parse("[::ffff:192.0.2.1]:80"));

        Assert.True(StunMessage.TryRead(writer.Written, out var message));
        Assert.Equal(IPEndPoint.Parse("192.0.2.1:80"), message.ReadMappedAddress());
    }

    // The HMAC covers the message up to the attribute, with a length that ends with it (RFC 5769, section 2).
    private static bool HasIntegrity(byte[] bytes, byte[] key)
    {
        Assert.True(StunMessage.TryRead(bytes, out var message));
        foreach (var attribute in message)
        {
            if (attribute.Type == StunAttributeType.MessageIntegrity)
            {
                var covered = bytes[..attribute.Offset];
                var length = attribute.Offset + 24 - StunFormat.HeaderLength;
                (covered[2], covered[3]) = ((byte)(length >> 8), (byte)length);
                return attribute.Value.SequenceEqual(HMACSHA1.HashData(key, covered));
            }
        }

        return false;
    }
}
