using System.Net;
using P2PChat.Discovery.Stun;
using P2PChat.Protocol.Stun;
using P2PChat.Tests.Vectors;

namespace P2PChat.Tests.Discovery.Stun;

/// <summary>Content and size of the STUN server's responses.</summary>
public sealed class BindingResponderTests
{
    private static readonly StunAlternates Alternates = new(
        IPAddress.Parse("198.51.100.1"),
        IPAddress.Parse("198.51.100.2"),
        [3478, 3479]
    );

    private static readonly StunAlternates AlternatesV6 = new(
        IPAddress.Parse("2001:db8::1"),
        IPAddress.Parse("2001:db8::2"),
        [3478, 3479]
    );

    private static readonly IPEndPoint Sender = IPEndPoint.Parse("192.0.2.1:32853");
    private static readonly IPEndPoint SenderV6 = IPEndPoint.Parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853");

    private delegate void Add(ref StunWriter writer);

    [Fact]
    public void Exchanges_of_the_vectors_are_reproduced()
    {
        foreach (var vector in StunVectors.Read().Exchanges)
        {
            var (_, response) = Answer(Convert.FromHexString(vector.Request), IPEndPoint.Parse(vector.From));

            Assert.Equal(vector.Response ?? "", Convert.ToHexStringLower(response));
        }

        Assert.All(StunVectors.Read().Invalid, vector =>
            Assert.Equal(BindingOutcome.Ignored, Answer(vector.Bytes, Sender).Reply.Outcome)
        );
    }

    [Fact]
    public void Udp_response_stays_within_the_amplification_limits()
    {
        List<byte[]> requests =
        [
            Request((ref _) => { }),
            Request((ref writer) => writer.AddFingerprint()),
            Request((ref writer) => writer.AddChangeRequest(address: true, port: true)),
            .. Enumerable.Range(0, 40).Select(count => Unknown(count)),
            .. Enumerable
                .Range(0, 120)
                .SelectMany(length =>
                    new[]
                    {
                        Request((ref writer) => writer.AddPadding(length)),
                        Request(
                            (ref writer) =>
                            {
                                writer.AddPadding(length);
                                writer.AddFingerprint();
                            }
                        ),
                    }
                ),
        ];
        foreach (var (sender, alternates, limit) in new[] { (Sender, Alternates, 1.6), (SenderV6, AlternatesV6, 2.2) })
        {
            foreach (var request in requests)
            {
                foreach (var offered in new[] { null, alternates })
                {
                    var (reply, response) = Answer(request, sender, offered);

                    Assert.NotEqual(BindingOutcome.Ignored, reply.Outcome);
                    Assert.InRange((double)response.Length / request.Length, 0.0, limit);
                    Assert.True(StunMessage.TryRead(response, out _));
                }
            }
        }
    }

    [Fact]
    public void Unknown_attribute_that_must_be_understood_is_named()
    {
        var (reply, response) = Answer(Unknown(3), Sender);

        Assert.Equal(BindingOutcome.UnknownAttribute, reply.Outcome);
        Assert.True(StunMessage.TryRead(response, out var message));
        Assert.Equal((StunMessageType.BindingError, 420), (message.Type, message.ReadErrorCode()));
        Assert.True(message.TryFind(StunAttributeType.ErrorCode, out var error));
        Assert.Equal([0, 0, 4, 20], error.ToArray());
        Assert.True(message.TryFind(StunAttributeType.UnknownAttributes, out var unknown));
        Assert.Equal([0x7F, 0, 0x7F, 1, 0x7F, 2], unknown.ToArray());
    }

    [Fact]
    public void Attributes_after_the_integrity_do_not_count()
    {
        var sample = StunVectors.Read().Valid[3].Bytes;
        byte[] request = [.. sample, 0x00, 0x24, 0x00, 0x04, 1, 2, 3, 4];
        request[3] += 8;

        Assert.Equal(BindingOutcome.Answered, Answer(request, Sender).Reply.Outcome);
    }

    [Fact]
    public void Alternates_are_named_over_TCP_and_to_padded_requests_only()
    {
        var plain = Request((ref _) => { });
        var padded = Request((ref writer) => writer.AddPadding(128));

        Assert.Null(Other(Answer(plain, Sender, Alternates).Response));
        Assert.Null(Other(Answer(padded, Sender).Response));
        Assert.Equal("198.51.100.2:3479", Other(Answer(padded, Sender, Alternates).Response));
        Assert.Equal("198.51.100.2:3479", Other(Answer(plain, Sender, Alternates, isTcp: true).Response));
        Assert.Equal("[2001:db8::2]:3479", Other(Answer(padded, SenderV6, AlternatesV6).Response));

        static string? Other(byte[] response)
        {
            Assert.True(StunMessage.TryRead(response, out var message));
            Assert.Equal(
                message.TryFind(StunAttributeType.OtherAddress, out _),
                message.TryFind(StunAttributeType.ResponseOrigin, out _)
            );
            return message.ReadAddress(StunAttributeType.OtherAddress)?.ToString();
        }
    }

    [Fact]
    public void Change_request_needs_a_second_address_and_UDP()
    {
        var request = Request(
            (ref writer) =>
            {
                writer.AddChangeRequest(address: true, port: false);
                writer.AddPadding(128);
            }
        );

        var (reply, response) = Answer(request, Sender, Alternates);

        Assert.Equal((true, false), (reply.ChangeAddress, reply.ChangePort));
        Assert.True(StunMessage.TryRead(response, out var message));
        Assert.Equal("198.51.100.2:3478", message.ReadAddress(StunAttributeType.ResponseOrigin)?.ToString());
        Assert.Equal(BindingOutcome.UnknownAttribute, Answer(request, Sender).Reply.Outcome);
        Assert.Equal(BindingOutcome.UnknownAttribute, Answer(request, Sender, Alternates, isTcp: true).Reply.Outcome);
    }

    private static byte[] Request(Add add)
    {
        var writer = new StunWriter(new byte[512], StunMessageType.BindingRequest, "0123456789ab"u8);
        add(ref writer);
        return writer.Written.ToArray();
    }

    // Attributes without a value cost the fewest request bytes for each byte of the response.
    private static byte[] Unknown(int count)
    {
        List<byte> request = [.. Request((ref _) => { })];
        for (var type = 0; type < count; type++)
        {
            request.AddRange([0x7F, (byte)type, 0, 0]);
        }

        request[3] = (byte)(4 * count);
        return [.. request];
    }

    private static (BindingReply Reply, byte[] Response) Answer(
        byte[] request,
        IPEndPoint sender,
        StunAlternates? alternates = null,
        bool isTcp = false
    )
    {
        var responder = new BindingResponder(alternates, isAlternateAddress: false, isAlternatePort: false, isTcp);
        var response = new byte[BindingResponder.MaxLength];
        var reply = responder.Answer(request, sender.Address.GetAddressBytes(), sender.Port, response);
        return (reply, response[..reply.Length]);
    }
}
