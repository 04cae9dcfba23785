using System.Net;
using P2PChat.Node.DirectoryClient;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>The sentence that a person sees for each failed answer.</summary>
public sealed class DirectoryProblemTests
{
    private const string Gateway = "A proxy or gateway between this peer and the directory answered";

    [Theory]
    [InlineData(502, "", "Unreachable", Gateway + " 502")]
    [InlineData(503, "<html>No server is available</html>", "Unreachable", Gateway + " 503")]
    [InlineData(504, "{\"type\":\"about:blank\",\"detail\":\"upstream\"}", "Unreachable", Gateway + " 504")]
    [InlineData(500, "oops", "Unreachable", "failed (500), and is not a P2PChat directory")]
    [InlineData(429, "", "Unreachable", "A proxy or gateway in front of the directory has had too many calls")]
    [InlineData(407, "", "Refused", "The proxy requires a user name and password")]
    [InlineData(401, "", "Refused", "in front of the directory refuses this peer (401)")]
    [InlineData(403, "<html>blocked by policy</html>", "Refused", "in front of the directory refuses this peer (403)")]
    [InlineData(302, "", "Refused", "redirects this peer (302)")]
    [InlineData(404, "", "Refused", "(404) is not a P2PChat directory")]
    [InlineData(400, "{\"detail\":\"what another server says\"}", "Refused", "(400) is not a P2PChat directory")]
    [InlineData(404, "{\"type\":\"urn:p2pchat:problem:unknown-route\"}", "Refused", "(404) is not a P2PChat directory")]
    [InlineData(503, "{\"type\":\"urn:p2pchat:problem:store-unavailable\"}", "Unreachable", "cannot reach its store")]
    [InlineData(500, "{\"type\":\"urn:p2pchat:problem:internal-error\"}", "Unreachable", "The directory failed (500)")]
    [InlineData(
        429,
        "{\"type\":\"urn:p2pchat:problem:too-many-requests\"}",
        "Unreachable",
        "The directory has had too many calls"
    )]
    [InlineData(
        429,
        "{\"type\":\"urn:p2pchat:problem:too-many-claims\",\"detail\":\"Eight names.\"}",
        "Unreachable",
        "Eight names."
    )]
    [InlineData(409, "{\"type\":\"urn:p2pchat:problem:name-taken\"}", "NameTaken", "Another key claims this name")]
    [InlineData(
        400,
        "{\"type\":\"urn:p2pchat:problem:clock-skew\",\"detail\":\"Set the clock.\"}",
        "ClockSkew",
        "Set the clock, and the peer registers automatically."
    )]
    [InlineData(418, "{\"type\":\"urn:p2pchat:problem:from-the-future\"}", "Refused", "have the same version")]
    public async Task Each_answer_has_a_sentence_of_its_own(int status, string body, string failure, string sentence)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        var read = await DirectoryProblem.ReadAsync(response, CancellationToken.None);
        Assert.Equal(failure, read.Failure.ToString());
        Assert.Contains(sentence, read.Message, StringComparison.Ordinal);
    }
}
