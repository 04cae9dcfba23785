using System.Net;
using P2PChat.Discovery.Stun;
using P2PChat.Protocol.Stun;
using P2PChat.Tests.Vectors;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Any packet is read or ignored, and no response to UDP is too long.</summary>
public sealed class StunFuzzTests
{
    [Fact]
    public void Fuzzed_packets_are_answered_within_limits_or_ignored()
    {
        var alternates = new StunAlternates(IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"), [3478, 3479]);
        BindingResponder[] responders =
        [
            new(alternates: null, isAlternateAddress: false, isAlternatePort: false, isTcp: false),
            new(alternates, isAlternateAddress: true, isAlternatePort: false, isTcp: false),
        ];
        var vectors = StunVectors.Read();
        var seeds = vectors
            .Valid.Concat(vectors.Invalid)
            .Select(vector => vector.Bytes)
            .Concat(vectors.Exchanges.Select(exchange => Convert.FromHexString(exchange.Request)))
            .Where(seed => seed.Length > 0);
        var response = new byte[BindingResponder.MaxLength];
        var (ipv4, ipv6) = (new byte[] { 192, 0, 2, 7 }, IPAddress.Parse("2001:db8::7").GetAddressBytes());
        Fuzzer.Run(share: 5, Form.Text, seeds, input =>
        {
            var isValid = StunMessage.TryRead(input, out var message);
            if (isValid)
            {
                _ = (message.ReadMappedAddress(), message.ReadErrorCode());
                _ = message.ReadAddress(StunAttributeType.OtherAddress);
            }

            foreach (var responder in responders)
            {
                foreach (var (sender, factor) in new[] { (ipv4, 1.6), (ipv6, 2.2) })
                {
                    var reply = responder.Answer(input, sender, 40_000, response);
                    var isRequest = isValid && message.Type == StunMessageType.BindingRequest;
                    Assert.Equal(isRequest, reply.Outcome != BindingOutcome.Ignored);
                    Assert.InRange(reply.Length, 0, (int)(input.Length * factor));
                    if (isRequest)
                    {
                        Assert.True(StunMessage.TryRead(response.AsSpan(0, reply.Length), out var answer));
                        Assert.True(answer.TransactionId.SequenceEqual(message.TransactionId));
                    }
                }
            }

            return isValid;
        });
    }
}
