using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery;

/// <summary>The calls of contacts and owners to a mailbox.</summary>
internal static class MailboxFixture
{
    public static byte[] NewCapability() => RandomNumberGenerator.GetBytes(32);

    public static string HashOf(byte[] capability) => Base64Url.EncodeToString(SHA256.HashData(capability));

    /// <summary>Registers a peer, and grants one capability.</summary>
    public static async Task<(string Token, byte[] Capability)> RegisterWithMailboxAsync(
        this DirectoryFixture directory,
        TestIdentity owner
    )
    {
        var token = (await directory.RegisterAsync(owner)).LeaseToken;
        return (token, await directory.GrantAsync(owner.Username, token));
    }

    public static async Task<byte[]> GrantAsync(this DirectoryFixture directory, string name, string token)
    {
        var capability = NewCapability();
        using var granted = await directory.SendAsync(
            HttpMethod.Put,
            $"/peers/{name}/mailbox/capabilities/{HashOf(capability)}",
            token
        );
        Assert.Equal(HttpStatusCode.NoContent, granted.StatusCode);
        return capability;
    }

    public static Task<HttpResponseMessage> DepositAsync(
        this DirectoryFixture directory,
        string name,
        byte[]? capability,
        byte[] envelope
    ) => directory.Http.DepositAsync(name, capability, envelope);

    public static async Task<HttpResponseMessage> DepositAsync(
        this HttpClient http,
        string name,
        byte[]? capability,
        byte[] envelope
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/peers/{name}/mailbox")
        {
            Content = new ByteArrayContent(envelope),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (capability is not null)
        {
            request.Headers.Add("X-P2PChat-Capability", Base64Url.EncodeToString(capability));
        }

        return await http.SendAsync(request);
    }

    /// <summary>Deposits an envelope. Fails the test if that is refused.</summary>
    public static async Task LeaveMailAsync(
        this DirectoryFixture directory,
        string name,
        byte[] capability,
        params byte[] envelope
    )
    {
        using var response = await directory.DepositAsync(name, capability, envelope);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
    }

    public static async Task<MailboxPage> CollectAsync(
        this DirectoryFixture directory,
        string name,
        string token,
        string query = ""
    )
    {
        using var response = await directory.SendAsync(HttpMethod.Get, $"/peers/{name}/mailbox{query}", token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<MailboxPage>(JsonSerializerOptions.Web))!;
    }

    /// <summary>Returns the waiting envelopes in hex.</summary>
    public static async Task<string[]> ReadMailAsync(this DirectoryFixture directory, string name, string token) =>
        [
            .. (await directory.CollectAsync(name, token)).Envelopes.Select(envelope =>
                Convert.ToHexString(Convert.FromBase64String(envelope.Envelope))
            ),
        ];
}
