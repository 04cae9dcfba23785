namespace P2PChat.Protocol.DirectoryApi;

/// <summary>
/// The protocol between the two ends of a relay leg: a WebSocket (RFC 6455) whose binary messages are the bytes of the
/// peers' own TLS, however they are divided.
/// </summary>
public static class RelayProtocol
{
    /// <summary>The WebSocket subprotocol.</summary>
    public const string Subprotocol = "p2pchat-relay";
}

/// <summary>Status codes of the close frame with which the directory ends a relay leg.</summary>
public enum RelayClose
{
    /// <summary>The other peer has closed its leg.</summary>
    PeerLeft = 1000,

    /// <summary>The directory is stopping. Start a new session.</summary>
    Stopping = 1001,

    /// <summary>One of the peers sent something that is not a valid WebSocket frame.</summary>
    BadFrame = 1002,

    /// <summary>The other peer did not open its leg in time.</summary>
    PeerAbsent = 4000,

    /// <summary>Nothing was sent for too long.</summary>
    Idle = 4001,

    /// <summary>The session has carried the maximum number of bytes. Start a new session.</summary>
    TooManyBytes = 4002,

    /// <summary>The session has lasted the maximum time. Start a new session.</summary>
    TooLong = 4003,
}
