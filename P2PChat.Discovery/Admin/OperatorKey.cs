using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Admin;

/// <summary>The key that the operator's calls require.</summary>
internal sealed class OperatorKey(IOptions<DirectoryOptions> options)
{
    private readonly SharedSecret _key = new(options.Value.OperatorKey ?? "");

    /// <exception cref="ProblemException">The request lacks the key, or has a wrong one.</exception>
    public void Require(HttpRequest request)
    {
        var key = request.Headers[DirectoryHeaders.OperatorKey].ToString();
        if (key.Length == 0)
        {
            throw new ProblemException(Problems.OperatorKeyRequired());
        }

        if (!_key.Matches(key))
        {
            throw new ProblemException(Problems.OperatorKeyWrong());
        }
    }
}
