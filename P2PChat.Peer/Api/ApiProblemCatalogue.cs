using System.Text.Json;
using P2PChat.Node.Model;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Api;

/// <summary>The exceptions of the local API's calls as <see cref="ApiProblems"/>.</summary>
internal sealed class ApiProblemCatalogue : IProblemCatalogue
{
    public Problem? Find(Exception exception) =>
        exception switch
        {
            PeerException refusal => ApiProblems.Of(refusal),
            BadHttpRequestException { InnerException: JsonException json } => ApiProblems.Malformed(
                $"The body is not the JSON that this call takes (at {json.Path ?? "$"}): see /openapi/v1.json."
            ),
            BadHttpRequestException bad => ApiProblems.ForStatus(bad.StatusCode),
            _ => null,
        };

    public Problem ForStatus(int status) => ApiProblems.ForStatus(status);
}
