using System.Text.Json;
using P2PChat.Node.Model;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Api;

/// <summary>Maps exceptions of the local API to <see cref="ApiProblems"/>.</summary>
internal sealed class ApiProblemCatalogue : IProblemCatalogue
{
    public Problem? Find(Exception exception) =>
        exception switch
        {
            PeerException refusal => ApiProblems.Of(refusal),
            BadHttpRequestException { InnerException: JsonException json } => ApiProblems.Malformed(
                $"The body is not valid JSON for this call (at {json.Path ?? "$"}). See /openapi/v1.json."
            ),
            BadHttpRequestException bad => ApiProblems.ForStatus(bad.StatusCode),
            _ => null,
        };

    public Problem ForStatus(int status) => ApiProblems.ForStatus(status);
}
