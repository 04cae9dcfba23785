using System.Net;
using System.Security.Cryptography;
using P2PChat.Protocol.Stun;

namespace P2PChat.Node.Paths.Stun;

/// <summary>
/// One binding request, its retransmissions over UDP (RFC 8489, section 6.2.1) and its response. Without a clock of its
/// own.
/// </summary>
internal sealed class StunTransaction
{
    /// <summary>The retransmission time-out before the first round trip is known (RTO).</summary>
    public static readonly TimeSpan FirstTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>Number of transmissions (Rc).</summary>
    public const int MaxTransmissions = 7;

    // After the last transmission, this many times the first time-out (Rm).
    private const int LastFactor = 16;

    // Long enough for the server to name its other address, whose attributes need up to 48 bytes.
    private const int PaddingLength = 128;

    private readonly byte[] _request;
    private TimeSpan _lastSentAt;
    private int _transmissions;

    /// <param name="padded">Whether to make room for the attributes of RFC 5780 in the response.</param>
    public StunTransaction(bool padded = false)
    {
        _request = new byte[
            StunFormat.HeaderLength
                + StunFormat.FingerprintLength
                + (padded ? StunFormat.AttributeHeaderLength + PaddingLength : 0)
        ];
        var writer = new StunWriter(
            _request,
            StunMessageType.BindingRequest,
            RandomNumberGenerator.GetBytes(StunFormat.TransactionIdLength)
        );
        if (padded)
        {
            writer.AddPadding(PaddingLength);
        }

        writer.AddFingerprint();
    }

    public ReadOnlyMemory<byte> Request => _request;

    /// <summary>When to send the request again; null if it was sent often enough.</summary>
    /// <remarks>As all times here: since the first transmission.</remarks>
    public TimeSpan? NextTransmission =>
        _transmissions < MaxTransmissions ? FirstTimeout * ((1 << _transmissions) - 1) : null;

    /// <summary>When to give up; null while transmissions are left.</summary>
    public TimeSpan? Deadline => NextTransmission is null ? _lastSentAt + LastFactor * FirstTimeout : null;

    public void Sent(TimeSpan now)
    {
        _lastSentAt = now;
        _transmissions++;
    }

    /// <returns>Null if the bytes are not the response to this request.</returns>
    /// <exception cref="StunException">They are, but it is an error or has no usable address.</exception>
    public StunReply? Receive(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        if (
            !StunMessage.TryRead(bytes, out var response)
            || !response.TransactionId.SequenceEqual(
                _request.AsSpan(
                    StunFormat.HeaderLength - StunFormat.TransactionIdLength,
                    StunFormat.TransactionIdLength
                )
            )
        )
        {
            return null;
        }

        switch (response.Type)
        {
            case StunMessageType.BindingError:
                throw new StunException($"The STUN server answered with error {response.ReadErrorCode() ?? 0}.");
            case StunMessageType.BindingSuccess when Usable(response.ReadMappedAddress()) is { } mapped:
                return new StunReply(
                    mapped,
                    response.ReadAddress(StunAttributeType.OtherAddress),
                    _transmissions == 1 ? now : null
                );
            case StunMessageType.BindingSuccess:
                throw new StunException("The STUN server's answer has no usable address.");
            default:
                return null;
        }
    }

    private static IPEndPoint? Usable(IPEndPoint? mapped) =>
        mapped is { Port: > 0 } && AddressScopes.Of(mapped.Address) is not AddressScope.Unusable ? mapped : null;
}
