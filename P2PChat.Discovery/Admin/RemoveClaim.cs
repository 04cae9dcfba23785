using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Admin;

/// <summary>
/// <c>DELETE /admin/claims/{username}</c>: the operator frees a name, for instance of somebody who has lost their key. A peer
/// that still runs under it registers anew; end that first.
/// </summary>
internal sealed partial class RemoveClaim(
    IPeerStore store,
    LastKnownPeers lastKnown,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    ILogger<RemoveClaim> logger
)
{
    public const string KeyHeader = "X-P2PChat-Operator-Key";

    private readonly byte[] _expected = HashOf(options.Value.OperatorKey ?? "");

    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        var key = context.Request.Headers[KeyHeader].ToString();
        if (key.Length == 0)
        {
            return TypedResults.Problem(Problems.OperatorKeyRequired());
        }
        // Hashes have one length, so that the comparison takes the same time for any key.
        if (!CryptographicOperations.FixedTimeEquals(HashOf(key), _expected))
        {
            return TypedResults.Problem(Problems.OperatorKeyWrong());
        }

        if (!Username.TryParse(username, out var name))
        {
            return TypedResults.Problem(Problems.InvalidUsername());
        }

        if (!await store.RemoveAsync(name, context.RequestAborted))
        {
            return TypedResults.Problem(Problems.UnknownPeer());
        }

        lastKnown.Forget(name.Value);
        metrics.LeftBy("removed");
        LogRemoved(logger);
        return TypedResults.NoContent();
    }

    private static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    [LoggerMessage(Level = LogLevel.Information, Message = "The operator has removed a claim.")]
    private static partial void LogRemoved(ILogger logger);
}
