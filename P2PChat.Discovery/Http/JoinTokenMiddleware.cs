using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>
/// With <see cref="DirectoryOptions.JoinToken"/> set, lets in only who brings it in the header <see cref="Header"/>; a
/// header of its own, because <c>Authorization</c> carries the lease token. Health and OpenAPI are open to all.
/// </summary>
internal sealed class JoinTokenMiddleware(RequestDelegate next, JoinToken token)
{
    public const string Header = "X-P2PChat-Join-Token";

    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return OpenPaths.Contains(context.Request.Path) || token.IsIn(context.Request)
            ? next(context)
            : context.WriteProblemAsync(Problems.JoinTokenRequired());
    }
}

/// <summary>The directory's join token, if it has one.</summary>
internal sealed class JoinToken(IOptions<DirectoryOptions> options)
{
    private readonly byte[]? _expected = options.Value.JoinToken is { Length: > 0 } token ? HashOf(token) : null;

    /// <summary>Whether a request has the token. Always true if the directory has none.</summary>
    public bool IsIn(HttpRequest request) =>
        // Hashes all have one length, so the comparison takes the same time for any token.
        _expected is null
        || CryptographicOperations.FixedTimeEquals(
            HashOf(request.Headers[JoinTokenMiddleware.Header].ToString()),
            _expected
        );

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>The paths that need no join token.</summary>
internal static class OpenPaths
{
    public static bool Contains(PathString path) =>
        IsProbe(path) || path.StartsWithSegments("/openapi", StringComparison.Ordinal);

    /// <summary>Whether a path is never rate-limited. A refused probe would restart the directory.</summary>
    public static bool IsProbe(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.Ordinal)
        || path.StartsWithSegments("/alive", StringComparison.Ordinal);
}
