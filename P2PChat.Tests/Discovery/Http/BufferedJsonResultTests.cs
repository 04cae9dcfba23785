using System.Net;

namespace P2PChat.Tests.Discovery.Http;

public sealed class BufferedJsonResultTests
{
    // A chunked response would cost the server another system call and the client another wake-up.
    [Fact]
    public async Task Responses_have_a_content_length()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        using var alice = new TestIdentity();
        using var registered = await directory.PutAsync(alice.Username, alice.Register(await directory.GetIdAsync()));
        var again = await directory.RegisterAsync(alice);
        HttpResponseMessage[] responses =
        [
            registered,
            await directory.RenewAsync(alice.Username, again.LeaseToken),
            await directory.SendAsync(HttpMethod.Get, $"/peers/{alice.Username}", again.LeaseToken),
            await directory.SendAsync(HttpMethod.Get, "/peers"),
            await directory.SendAsync(HttpMethod.Get, "/directory"),
            await directory.SendAsync(HttpMethod.Get, "/peers/nobody"),
            await directory.SendAsync(HttpMethod.Get, "/nowhere"),
        ];

        Assert.Equal([201, 200, 200, 200, 200, 404, 404], responses.Select(response => (int)response.StatusCode));
        foreach (var response in responses)
        {
            Assert.NotEqual(true, response.Headers.TransferEncodingChunked);
            Assert.Equal(
                response.StatusCode == HttpStatusCode.NotFound ? "application/problem+json" : "application/json",
                response.Content.Headers.ContentType!.MediaType
            );
            Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync());
            response.Dispose();
        }

        Assert.Equal($"/peers/{alice.Username}", registered.Headers.Location!.OriginalString);
    }
}
