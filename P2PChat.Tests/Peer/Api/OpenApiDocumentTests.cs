using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Peer.Api;

public sealed class OpenApiDocumentTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_one_in_docs_is_the_one_that_a_peer_serves()
    {
        var served = JsonNode
            .Parse(await peers.Alice.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!
            .AsObject();
        // Where this very peer listens is of no interest to others.
        served.Remove("servers");

        await KeptFile.HoldsAsync("docs/openapi.json", served.ToJsonString(Indented) + "\n");
    }
}
