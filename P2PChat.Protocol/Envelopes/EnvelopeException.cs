namespace P2PChat.Protocol.Envelopes;

/// <summary>Why an envelope is refused.</summary>
public enum EnvelopeError
{
    /// <summary>It does not have the form, outside or inside.</summary>
    Malformed,

    /// <summary>Its version is not spoken here.</summary>
    UnsupportedVersion,

    /// <summary>It is for a prekey that this peer does not have, or no longer.</summary>
    UnknownPrekey,

    /// <summary>It was changed, cut off, or encrypted for somebody else.</summary>
    NotDecrypted,

    /// <summary>Whoever encrypted it is not the one whose signature is inside, or that one meant it for somebody else.</summary>
    BadSignature,

    /// <summary>Too much for one envelope.</summary>
    TooLarge,
}

/// <summary>An envelope that is refused.</summary>
public sealed class EnvelopeException(EnvelopeError error, string message, Exception? cause = null)
    : Exception(message, cause)
{
    public EnvelopeError Error { get; } = error;
}
