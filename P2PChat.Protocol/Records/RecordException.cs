namespace P2PChat.Protocol.Records;

/// <summary>The reason why a record is invalid.</summary>
public enum RecordError
{
    Malformed,
    UnsupportedKey,
    BadSignature,
    InvalidUsername,
    Expired,
    ClockSkew,
}

/// <summary>An invalid record. The message is shown to the person who sent it.</summary>
public sealed class RecordException(RecordError error, string message) : Exception(message)
{
    public RecordError Error { get; } = error;
}
