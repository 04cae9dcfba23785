namespace P2PChat.Protocol.Sessions;

/// <summary>Features of a peer beyond the first version, from its Hello. The values are stored.</summary>
[Flags]
public enum PeerFeatures
{
    None = 0,

    /// <summary>Understands messages with content (docs/protocol.md, section 20).</summary>
    Content = 1,

    /// <summary>Understands disappearing messages (docs/protocol.md, section 21).</summary>
    Timer = 2,

    /// <summary>Takes display names and pictures (docs/protocol.md, section 22).</summary>
    Profile = 4,

    /// <summary>Takes files (docs/protocol.md, section 23).</summary>
    Files = 8,

    /// <summary>Takes part in rooms (docs/protocol.md, section 25).</summary>
    Rooms = 16,
}

/// <summary>The features' names in Hello (docs/protocol.md, section 6).</summary>
internal static class FeatureNames
{
    /// <summary>The maximum number of names that are read from a Hello.</summary>
    public const int MaxNames = 32;

    private static readonly (PeerFeatures Feature, string Name)[] Known =
    [
        (PeerFeatures.Content, "content"),
        (PeerFeatures.Timer, "timer"),
        (PeerFeatures.Profile, "profile"),
        (PeerFeatures.Files, "files"),
        (PeerFeatures.Rooms, "rooms"),
    ];

    public static IEnumerable<string> Of(PeerFeatures features) =>
        Known.Where(known => features.HasFlag(known.Feature)).Select(known => known.Name);

    /// <summary>Reads the names of another peer. Those that this version does not know are ignored.</summary>
    public static PeerFeatures Parse(IEnumerable<string> names) =>
        names
            .Take(MaxNames)
            .Aggregate(PeerFeatures.None, (features, name) =>
                features | Known.FirstOrDefault(known => known.Name == name).Feature
            );
}
