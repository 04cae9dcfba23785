namespace P2PChat.Tests.Vectors;

/// <summary>docs/vectors/stun.json, with the vectors of RFC 5769.</summary>
public sealed record StunVectors(
    IReadOnlyList<StunVectors.Message> Valid,
    IReadOnlyList<StunVectors.Exchange> Exchanges,
    IReadOnlyList<StunVectors.Message> Invalid
)
{
    public sealed record Message(
        string Name,
        string Hex,
        string? Type,
        string? TransactionId,
        bool Fingerprint,
        string? MappedAddress,
        string? ResponseOrigin,
        string? OtherAddress,
        int? ErrorCode
    )
    {
        public byte[] Bytes => Convert.FromHexString(Hex);
    }

    /// <param name="Response">Null if the server does not respond.</param>
    public sealed record Exchange(string Name, string From, string Request, string? Response);

    public static StunVectors Read() => VectorFile.Read<StunVectors>("stun.json");
}
