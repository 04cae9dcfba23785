using System.Net;

namespace P2PChat.Tests.Discovery;

/// <summary>How answers come, whatever they say.</summary>
public sealed class AnswerTests
{
    // In chunks, each answer would cost one more call of the system, and its reader one more wake-up.
    [Fact]
    public async Task Each_answer_says_how_long_it_is()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        using var alice = new TestIdentity();
        using var registered = await directory.PutAsync(alice.Username, alice.Register(await directory.GetIdAsync()));
        var again = await directory.RegisterAsync(alice);
        HttpResponseMessage[] answers =
        [
            registered,
            await directory.RenewAsync(alice.Username, again.LeaseToken),
            await directory.SendAsync(HttpMethod.Get, $"/peers/{alice.Username}", again.LeaseToken),
            await directory.SendAsync(HttpMethod.Get, "/peers"),
            await directory.SendAsync(HttpMethod.Get, "/directory"),
            await directory.SendAsync(HttpMethod.Get, "/peers/nobody"),
            await directory.SendAsync(HttpMethod.Get, "/nowhere"),
        ];

        Assert.Equal([201, 200, 200, 200, 200, 404, 404], answers.Select(answer => (int)answer.StatusCode));
        foreach (var answer in answers)
        {
            Assert.NotEqual(true, answer.Headers.TransferEncodingChunked);
            Assert.Equal(
                answer.StatusCode == HttpStatusCode.NotFound ? "application/problem+json" : "application/json",
                answer.Content.Headers.ContentType!.MediaType
            );
            Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
            answer.Dispose();
        }

        Assert.Equal($"/peers/{alice.Username}", registered.Headers.Location!.OriginalString);
    }
}
