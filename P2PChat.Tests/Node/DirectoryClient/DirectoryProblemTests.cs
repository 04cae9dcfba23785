using System.Net;
using P2PChat.Node.DirectoryClient;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>Responses of the directory, and of proxies and servers in its place.</summary>
public sealed class DirectoryProblemTests
{
    private const string Gateway = "proxy or gateway";
    private const string NoDirectory = "not a P2PChat directory";

    [Theory]
    [InlineData(502, "", "Unreachable", Gateway)]
    [InlineData(503, "<html>No server is available</html>", "Unreachable", Gateway)]
    [InlineData(504, "{\"type\":\"about:blank\",\"detail\":\"upstream\"}", "Unreachable", Gateway)]
    [InlineData(500, "oops", "Unreachable", NoDirectory)]
    [InlineData(429, "", "Unreachable", Gateway)]
    [InlineData(407, "", "Refused", "HTTPS_PROXY")]
    [InlineData(401, "", "Refused", "(401)")]
    [InlineData(403, "<html>blocked by policy</html>", "Refused", "(403)")]
    [InlineData(302, "", "Refused", "(302)")]
    [InlineData(404, "", "Refused", NoDirectory)]
    [InlineData(400, "{\"detail\":\"what another server says\"}", "Refused", NoDirectory)]
    [InlineData(404, "{\"type\":\"urn:p2pchat:problem:unknown-route\"}", "Refused", NoDirectory)]
    [InlineData(503, "{\"type\":\"urn:p2pchat:problem:store-unavailable\"}", "Unreachable", "store")]
    [InlineData(500, "{\"type\":\"urn:p2pchat:problem:internal-error\"}", "Unreachable", "(500)")]
    [InlineData(429, "{\"type\":\"urn:p2pchat:problem:too-many-requests\"}", "Unreachable", "from this address")]
    [InlineData(
        429,
        "{\"type\":\"urn:p2pchat:problem:too-many-claims\",\"detail\":\"Eight names.\"}",
        "Unreachable",
        "Eight names."
    )]
    [InlineData(409, "{\"type\":\"urn:p2pchat:problem:name-taken\"}", "NameTaken", "Another key")]
    [InlineData(
        400,
        "{\"type\":\"urn:p2pchat:problem:clock-skew\",\"detail\":\"From the directory.\"}",
        "ClockSkew",
        "This machine's clock"
    )]
    [InlineData(418, "{\"type\":\"urn:p2pchat:problem:from-the-future\"}", "Refused", "(418)")]
    public async Task Response_maps_to_failure_and_message(int status, string body, string failure, string fragment)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        var exception = await DirectoryProblem.ReadAsync(response, CancellationToken.None);
        Assert.Equal(failure, exception.Failure.ToString());
        Assert.Contains(fragment, exception.Message, StringComparison.Ordinal);
    }
}
