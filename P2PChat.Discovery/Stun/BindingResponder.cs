using System.Buffers.Binary;
using P2PChat.Protocol.Stun;

namespace P2PChat.Discovery.Stun;

/// <summary>The outcome of a received message.</summary>
internal enum BindingOutcome
{
    /// <summary>Not a binding request, or malformed. There is no response (RFC 8489, section 6.3).</summary>
    Ignored,

    /// <summary>The response has the sender's address.</summary>
    Answered,

    /// <summary>The response is error 420.</summary>
    UnknownAttribute,
}

/// <param name="Length">Length of the response, in bytes.</param>
/// <param name="ChangeAddress">Whether to send it from the other address.</param>
/// <param name="ChangePort">Whether to send it from the other port.</param>
internal readonly record struct BindingReply(
    BindingOutcome Outcome,
    int Length = 0,
    bool ChangeAddress = false,
    bool ChangePort = false
);

/// <summary>
/// Answers binding requests. Over UDP, where the sender's address may be forged, a response to IPv4 has at most 1.6
/// times the request's bytes, and to IPv6 2.2 times: docs/decisions/0042-stun-server.md.
/// </summary>
/// <param name="alternates">Null without a second address; RFC 5780 is then not offered.</param>
/// <param name="isAlternateAddress">Whether the request arrived at the alternate address.</param>
/// <param name="isAlternatePort">Whether it arrived at the alternate port.</param>
internal sealed class BindingResponder(
    StunAlternates? alternates,
    bool isAlternateAddress,
    bool isAlternatePort,
    bool isTcp
)
{
    /// <summary>Length of the longest response, in bytes.</summary>
    public const int MaxLength = 128;

    // More are not worth a longer response.
    private const int MaxUnknown = 16;

    // OTHER-ADDRESS and RESPONSE-ORIGIN, for IPv6.
    private const int AlternatesLength = 2 * (StunFormat.AttributeHeaderLength + 20);

    /// <param name="address">The sender's address: 4 or 16 bytes in network order.</param>
    /// <param name="response">Receives the response; at least <see cref="MaxLength"/> bytes.</param>
    public BindingReply Answer(ReadOnlySpan<byte> received, ReadOnlySpan<byte> address, int port, Span<byte> response)
    {
        if (!StunMessage.TryRead(received, out var request) || request.Type != StunMessageType.BindingRequest)
        {
            return new(BindingOutcome.Ignored);
        }

        Span<ushort> unknown = stackalloc ushort[MaxUnknown];
        var unknownCount = FindUnknown(request, unknown);
        if (unknownCount > 0)
        {
            var error = new StunWriter(response, StunMessageType.BindingError, request.TransactionId);
            error.AddErrorCode(420);
            error.AddUnknownAttributes(unknown[..unknownCount]);
            return Finish(BindingOutcome.UnknownAttribute, request, ref error);
        }

        var (changeAddress, changePort) = Changes(request);
        var success = new StunWriter(response, StunMessageType.BindingSuccess, request.TransactionId);
        success.AddXorMappedAddress(address, port);
        if (alternates is not null && (isTcp || request.Length >= MostWithAlternates(request, success.Length)))
        {
            success.AddAddress(
                StunAttributeType.ResponseOrigin,
                alternates.At(isAlternateAddress ^ changeAddress, isAlternatePort ^ changePort)
            );
            success.AddAddress(StunAttributeType.OtherAddress, alternates.At(!isAlternateAddress, !isAlternatePort));
        }

        return Finish(BindingOutcome.Answered, request, ref success) with
        {
            ChangeAddress = changeAddress,
            ChangePort = changePort,
        };
    }

    private static BindingReply Finish(BindingOutcome outcome, StunMessage request, ref StunWriter response)
    {
        // Without one in the request it would exceed the limit of amplification.
        if (request.HasFingerprint)
        {
            response.AddFingerprint();
        }

        return new(outcome, response.Length);
    }

    private static int MostWithAlternates(StunMessage request, int length) =>
        length + AlternatesLength + (request.HasFingerprint ? StunFormat.FingerprintLength : 0);

    private static (bool Address, bool Port) Changes(StunMessage request)
    {
        if (!request.TryFind(StunAttributeType.ChangeRequest, out var value) || value.Length != 4)
        {
            return default;
        }

        var flags = BinaryPrimitives.ReadUInt32BigEndian(value);
        return ((flags & 4) != 0, (flags & 2) != 0);
    }

    private int FindUnknown(StunMessage request, Span<ushort> unknown)
    {
        var count = 0;
        foreach (var attribute in request)
        {
            if (attribute.Type is StunAttributeType.MessageIntegrity or StunAttributeType.MessageIntegritySha256)
            {
                // Later attributes are not protected by it, and do not count (RFC 8489, section 14.5).
                break;
            }

            if (attribute.MustBeUnderstood && !IsKnown(attribute.Type) && count < unknown.Length)
            {
                unknown[count++] = (ushort)attribute.Type;
            }
        }

        return count;
    }

    private bool IsKnown(StunAttributeType type) =>
        type switch
        {
            StunAttributeType.ChangeRequest => alternates is not null && !isTcp,
            // Known but without a meaning in a binding request without credentials (RFC 8489, section 6.3).
            StunAttributeType.MappedAddress
            or StunAttributeType.Username
            or StunAttributeType.ErrorCode
            or StunAttributeType.UnknownAttributes
            or StunAttributeType.Realm
            or StunAttributeType.Nonce
            or StunAttributeType.PasswordAlgorithm
            or StunAttributeType.UserHash
            or StunAttributeType.XorMappedAddress
            or StunAttributeType.Padding => true,
            _ => false,
        };
}
