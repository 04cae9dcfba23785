using System.Net;
using P2PChat.Node.Lan;

namespace P2PChat.Tests.Node.Lan;

public sealed class DnsMessageTests
{
    private static readonly DnsMessage Full = new(
        7,
        IsResponse: true,
        [new DnsQuestion(LanNames.Service, DnsType.Ptr, WantsUnicast: true)],
        [
            new DnsRecord(LanNames.Service, TimeSpan.FromMinutes(75), new DnsData.Ptr("a." + LanNames.Service)),
            new DnsRecord("a." + LanNames.Service, TimeSpan.FromSeconds(120), new DnsData.Srv(8001, "a.local")),
            new DnsRecord("a." + LanNames.Service, TimeSpan.FromMinutes(75), new DnsData.Txt("v=1\nw=2")),
            new DnsRecord("a.local", TimeSpan.FromSeconds(120), new DnsData.Host(IPAddress.Parse("192.0.2.1"))),
            new DnsRecord("a.local", TimeSpan.Zero, new DnsData.Host(IPAddress.Parse("2001:db8::1"))),
        ]
    );

    [Fact]
    public void Written_message_is_read_as_it_was()
    {
        var read = DnsReader.TryRead(DnsWriter.Write(Full));

        Assert.NotNull(read);
        Assert.Equal((Full.Id, Full.IsResponse), (read.Id, read.IsResponse));
        Assert.Equal(Full.Questions, read.Questions);
        Assert.Equal(Full.Answers, read.Answers);
    }

    [Fact]
    public void Compressed_names_are_read()
    {
        // A response with one PTR record whose target ends with a pointer to its own name (RFC 1035, section 4.1.4).
        byte[] message =
        [
            .. Convert.FromHexString("000084000000000100000000"),
            .. "\x08_p2pchat\x04_tcp\x05local\0"u8,
            .. Convert.FromHexString("000C00010000119400040161C00C"),
        ];

        var record = Assert.Single(DnsReader.TryRead(message)!.Answers);
        Assert.Equal(LanNames.Service, record.Name);
        Assert.Equal(new DnsData.Ptr("a." + LanNames.Service), record.Data);
    }

    [Theory]
    [InlineData("0000840000000001000000", "shorter than a header")]
    [InlineData("000084000000000100000000", "a record that is missing")]
    [InlineData("000084000000000100000000C00C000C000100001194000401610000", "a pointer to itself")]
    [InlineData("000084000000000100000000C00E000C000100001194000401610000", "a pointer forwards")]
    [InlineData("00008400000000010000000001410001000100000078000501020304", "an address of five bytes")]
    [InlineData("0000840000000001000000000141000001000100000078FFFF01020304", "a length beyond the end")]
    [InlineData("000084000000000100000000014100001000010000007800020561", "a string beyond its record")]
    [InlineData("0000840000000001000000007F41", "a label beyond the end")]
    [InlineData("00008400FFFFFFFFFFFFFFFF", "too many records")]
    [InlineData("000084030000000000000000", "a response code")]
    [InlineData("000028000000000000000000", "another opcode")]
    public void Malformed_message_is_ignored(string hex, string because) =>
        Assert.True(DnsReader.TryRead(Convert.FromHexString(hex)) is null, because);

    [Fact]
    public void Damaged_messages_never_throw()
    {
        var valid = DnsWriter.Write(Full);
        var random = new Random(1);
        for (var i = 0; i < 50_000; i++)
        {
            var damaged = valid.AsSpan(0, random.Next(valid.Length + 1)).ToArray();
            for (var change = random.Next(4); change >= 0 && damaged.Length > 0; change--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            // The result does not matter. A length that is not checked would throw.
            _ = DnsReader.TryRead(damaged);
        }
    }
}
