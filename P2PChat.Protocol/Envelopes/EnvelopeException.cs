namespace P2PChat.Protocol.Envelopes;

/// <summary>The reason why an envelope is invalid.</summary>
public enum EnvelopeError
{
    /// <summary>The envelope or its content does not have the required form.</summary>
    Malformed,

    /// <summary>The version is unknown.</summary>
    UnsupportedVersion,

    /// <summary>This peer never had the prekey, or has deleted it.</summary>
    UnknownPrekey,

    /// <summary>It was modified, truncated, or encrypted for another peer.</summary>
    NotDecrypted,

    /// <summary>The signature was not made by the sender for this peer.</summary>
    BadSignature,

    /// <summary>The frames do not fit into one envelope.</summary>
    TooLarge,
}

/// <summary>An invalid envelope.</summary>
public sealed class EnvelopeException(EnvelopeError error, string message, Exception? cause = null)
    : Exception(message, cause)
{
    public EnvelopeError Error { get; } = error;
}
