namespace P2PChat.Protocol.Records;

/// <summary>Why a record is refused.</summary>
public enum RecordError
{
    Malformed,
    UnsupportedKey,
    BadSignature,
    InvalidUsername,
    Expired,
    ClockSkew,
}

/// <summary>A record that is refused. The message is a sentence for the person who sent it.</summary>
public sealed class RecordException(RecordError error, string message) : Exception(message)
{
    public RecordError Error { get; } = error;
}
