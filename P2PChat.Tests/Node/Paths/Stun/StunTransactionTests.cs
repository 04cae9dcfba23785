using System.Net;
using P2PChat.Node.Paths.Stun;
using P2PChat.Protocol.Stun;

namespace P2PChat.Tests.Node.Paths.Stun;

/// <summary>The retransmissions of RFC 8489, and what counts as the response.</summary>
public sealed class StunTransactionTests
{
    private static readonly IPEndPoint Mapped = IPEndPoint.Parse("198.51.100.7:40000");

    private delegate void Add(ref StunWriter writer);

    [Fact]
    public void Request_is_sent_seven_times_in_doubling_intervals()
    {
        var transaction = new StunTransaction();
        List<double> sentAt = [];
        while (transaction.NextTransmission is { } next)
        {
            sentAt.Add(next.TotalSeconds);
            transaction.Sent(next);
        }

        Assert.Equal([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5], sentAt);
        Assert.Equal(TimeSpan.FromSeconds(39.5), transaction.Deadline);
    }

    [Fact]
    public void Padded_request_has_room_for_the_longest_response()
    {
        var plain = new StunTransaction();
        var padded = new StunTransaction(padded: true);

        Assert.True(StunMessage.TryRead(plain.Request.Span, out var message));
        Assert.Equal((StunMessageType.BindingRequest, true), (message.Type, message.HasFingerprint));
        Assert.InRange(padded.Request.Length, 108, 548);
        Assert.NotEqual(plain.Request.ToArray()[8..20], padded.Request.ToArray()[8..20]);
    }

    [Fact]
    public void Round_trip_is_unknown_after_a_retransmission()
    {
        var transaction = new StunTransaction();
        transaction.Sent(TimeSpan.Zero);
        var response = Response(transaction, StunMessageType.BindingSuccess, (ref writer) =>
            writer.AddXorMappedAddress(Mapped)
        );

        var reply = transaction.Receive(response, TimeSpan.FromMilliseconds(30));
        Assert.Equal((Mapped, TimeSpan.FromMilliseconds(30)), (reply!.Mapped, reply.RoundTrip));

        transaction.Sent(TimeSpan.FromMilliseconds(500));
        Assert.Null(transaction.Receive(response, TimeSpan.FromMilliseconds(501))!.RoundTrip);
    }

    [Fact]
    public void Responses_to_other_requests_and_garbage_are_ignored()
    {
        var transaction = new StunTransaction();
        transaction.Sent(TimeSpan.Zero);
        var other = new StunTransaction();
        var response = Response(other, StunMessageType.BindingSuccess, (ref writer) =>
            writer.AddXorMappedAddress(Mapped)
        );

        Assert.Null(transaction.Receive(response, TimeSpan.Zero));
        Assert.Null(transaction.Receive(transaction.Request.Span, TimeSpan.Zero));
        Assert.Null(transaction.Receive("HTTP/1.1 400 Bad Request\r\n\r\n"u8, TimeSpan.Zero));
        Assert.Null(transaction.Receive([], TimeSpan.Zero));
    }

    [Theory]
    [InlineData("0.0.0.0:40000")]
    [InlineData("224.0.0.1:40000")]
    [InlineData("198.51.100.7:0")]
    public void Unusable_mapped_address_is_an_error(string address)
    {
        var transaction = new StunTransaction();
        var response = Response(transaction, StunMessageType.BindingSuccess, (ref writer) =>
            writer.AddXorMappedAddress(IPEndPoint.Parse(address))
        );

        Assert.Throws<StunException>(() => transaction.Receive(response, TimeSpan.Zero));
    }

    [Fact]
    public void Error_response_is_an_error()
    {
        var transaction = new StunTransaction();
        var response = Response(transaction, StunMessageType.BindingError, (ref writer) => writer.AddErrorCode(420));

        var exception = Assert.Throws<StunException>(() => transaction.Receive(response, TimeSpan.Zero));

        Assert.Contains("420", exception.Message, StringComparison.Ordinal);
        Assert.Throws<StunException>(() =>
            transaction.Receive(Response(transaction, StunMessageType.BindingSuccess, (ref _) => { }), TimeSpan.Zero)
        );
    }

    private static byte[] Response(StunTransaction transaction, StunMessageType type, Add add)
    {
        var writer = new StunWriter(new byte[256], type, transaction.Request.Span[8..20]);
        add(ref writer);
        return writer.Written.ToArray();
    }
}
