namespace P2PChat.Discovery.Http;

/// <summary>The paths that need no join token.</summary>
internal static class OpenPaths
{
    // A joiner needs the directory's id to sign its first record, and opens the page before it has the program.
    public static bool Contains(PathString path) =>
        IsProbe(path)
        || path.StartsWithSegments("/openapi", StringComparison.Ordinal)
        || path.Value is "/directory" or "/i" or "/i/"
        || IsOfSession(path);

    // The session token, which the endpoint checks, stands for the join token: only admitted peers get one.
    private static bool IsOfSession(PathString path) =>
        path.StartsWithSegments("/relay/sessions", StringComparison.Ordinal, out var rest)
        && rest.Value is { Length: > 1 };

    /// <summary>
    /// Whether a path is never rate-limited. A refused probe would make the orchestrator restart the directory.
    /// </summary>
    public static bool IsProbe(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.Ordinal)
        || path.StartsWithSegments("/alive", StringComparison.Ordinal);
}
