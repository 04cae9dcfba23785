using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Http;

/// <summary>The directory's join token, if it has one.</summary>
internal sealed class JoinToken(IOptions<DirectoryOptions> options)
{
    private readonly SharedSecret? _secret = options.Value.JoinToken is { Length: > 0 } token
        ? new SharedSecret(token)
        : null;

    /// <summary>Whether a request has the token. Always true if the directory has none.</summary>
    public bool IsIn(HttpRequest request) =>
        _secret?.Matches(request.Headers[DirectoryHeaders.JoinToken].ToString()) ?? true;
}
