using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>
/// With <see cref="DirectoryOptions.JoinToken"/> set, lets in only who brings it in the header <see cref="Header"/>; a
/// header of its own, because <c>Authorization</c> carries the lease token. Health and OpenAPI are open to all.
/// </summary>
internal sealed class JoinTokenMiddleware(RequestDelegate next, IOptions<DirectoryOptions> options)
{
    public const string Header = "X-P2PChat-Join-Token";

    private readonly byte[]? _expected = options.Value.JoinToken is { Length: > 0 } token ? HashOf(token) : null;

    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return _expected is null || OpenPaths.Contains(context.Request.Path) || Brings(context.Request.Headers[Header].ToString())
            ? next(context)
            : context.WriteProblemAsync(Problems.JoinTokenRequired());
    }

    // Hashes have one length, so that the comparison takes the same time for any token.
    private bool Brings(string token) => CryptographicOperations.FixedTimeEquals(HashOf(token), _expected);

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>What needs no join token and is never rate-limited.</summary>
internal static class OpenPaths
{
    public static bool Contains(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.Ordinal) || path.StartsWithSegments("/alive", StringComparison.Ordinal)
        || path.StartsWithSegments("/openapi", StringComparison.Ordinal);
}
