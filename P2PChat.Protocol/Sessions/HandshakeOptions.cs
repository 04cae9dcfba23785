namespace P2PChat.Protocol.Sessions;

/// <summary>Settings of a <see cref="LinkHandshake"/>.</summary>
public sealed record HandshakeOptions
{
    /// <summary>From the first byte of TLS until both sides have said hello and the name is checked.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the request to its answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The features that this side's Hello names.</summary>
    public PeerFeatures Features { get; init; } =
        PeerFeatures.Content | PeerFeatures.Timer | PeerFeatures.Profile | PeerFeatures.Files | PeerFeatures.Rooms;
}

/// <summary>Result of checking the name that a requester gives. The names of the members are metric tags.</summary>
public enum NameCheck
{
    /// <summary>A pin or the directory binds the name to this key.</summary>
    Confirmed,

    /// <summary>The directory binds the name to another key, or does not know it.</summary>
    Mismatch,

    /// <summary>The directory binds the name to this key, but it is pinned to another.</summary>
    KeyChanged,

    /// <summary>The name is not pinned to this key, and the directory cannot be reached.</summary>
    Unavailable,

    /// <summary>The name belongs to this key, but a link to another key under the same name is open.</summary>
    InUse,
}
