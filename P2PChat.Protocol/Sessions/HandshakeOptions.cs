namespace P2PChat.Protocol.Sessions;

/// <summary>Time limits of a handshake.</summary>
public sealed record HandshakeOptions
{
    /// <summary>From the first byte of TLS to both Hellos, the name checked and the request sent.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may stay unanswered.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>What the check of a stranger's name found.</summary>
public enum NameCheck
{
    /// <summary>The directory, or a pin, knows this name under this key.</summary>
    Confirmed,

    /// <summary>The directory knows the name under another key, or not at all.</summary>
    Mismatch,

    /// <summary>The name is pinned to another key.</summary>
    KeyChanged,

    /// <summary>Never seen, and the directory cannot be asked.</summary>
    Unavailable,

    /// <summary>The name is this key's, but a link to another key under the same name is open.</summary>
    InUse,
}
