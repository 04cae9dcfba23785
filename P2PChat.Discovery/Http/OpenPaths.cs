namespace P2PChat.Discovery.Http;

/// <summary>The paths that need no join token.</summary>
internal static class OpenPaths
{
    public static bool Contains(PathString path) =>
        IsProbe(path) || path.StartsWithSegments("/openapi", StringComparison.Ordinal);

    /// <summary>
    /// Whether a path is never rate-limited. A refused probe would make the orchestrator restart the directory.
    /// </summary>
    public static bool IsProbe(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.Ordinal)
        || path.StartsWithSegments("/alive", StringComparison.Ordinal);
}
