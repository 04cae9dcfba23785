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
    public async Task Document_in_docs_equals_the_served_one()
    {
        var served = JsonNode
            .Parse(await peers.Alice.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!
            .AsObject();
        // This peer's address is not part of the document.
        served.Remove("servers");

        await KeptFile.HoldsAsync("docs/openapi.json", served.ToJsonString(Indented) + "\n");
    }
}
