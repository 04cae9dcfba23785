using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Discovery.Invites;

/// <summary>Calls with and without the join token, at a directory that has one.</summary>
internal static class InviteFixture
{
    public const string JoinToken = "swordfish";
    public const string WithJoinToken = "Directory:JoinToken=" + JoinToken;

    public static byte[] NewCode() => RandomNumberGenerator.GetBytes(32);

    public static string HashOf(byte[] code) => MailboxCapability.HashOf(code);

    /// <summary>Sends a request with exactly these secrets.</summary>
    public static async Task<HttpResponseMessage> CallAsync(
        this DirectoryFixture directory,
        HttpMethod method,
        string path,
        string? lease = null,
        string? joinToken = null,
        byte[]? code = null,
        object? body = null
    )
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: JsonSerializerOptions.Web);
        }

        if (lease is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", lease);
        }

        if (joinToken is not null)
        {
            request.Headers.Add(DirectoryHeaders.JoinToken, joinToken);
        }

        if (code is not null)
        {
            request.Headers.Add(DirectoryHeaders.JoinCode, Base64Url.EncodeToString(code));
        }

        return await directory.Http.SendAsync(request);
    }

    /// <summary>Registers with the given secrets, successfully or not.</summary>
    public static async Task<HttpResponseMessage> JoinAsync(
        this DirectoryFixture directory,
        TestIdentity joiner,
        byte[]? code,
        string? joinToken = null,
        Action<PeerRecord>? change = null
    ) =>
        await directory.CallAsync(
            HttpMethod.Put,
            $"/peers/{joiner.Username}",
            joinToken: joinToken,
            code: code,
            body: joiner.Register(await directory.GetIdAsync(), change)
        );

    /// <summary>Registers with the given secrets. Fails the test if that is refused.</summary>
    /// <returns>The lease token.</returns>
    public static async Task<string> EnterAsync(
        this DirectoryFixture directory,
        TestIdentity peer,
        byte[]? code = null,
        string? joinToken = null,
        Action<PeerRecord>? change = null
    )
    {
        using var response = await directory.JoinAsync(peer, code, joinToken, change);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<RegistrationResponse>(JsonSerializerOptions.Web))!.LeaseToken;
    }

    public static Task<HttpResponseMessage> AddCodeAsync(
        this DirectoryFixture directory,
        string lease,
        byte[] code,
        int uses = 1,
        TimeSpan? lifetime = null,
        string? joinToken = JoinToken
    ) =>
        directory.CallAsync(
            HttpMethod.Post,
            "/invites",
            lease,
            joinToken,
            body: new JoinCodeBody(HashOf(code), uses, DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromDays(7)))
        );

    /// <summary>Makes a code. Fails the test if that is refused.</summary>
    public static async Task<byte[]> NewCodeAsync(
        this DirectoryFixture directory,
        string lease,
        int uses = 1,
        string? joinToken = JoinToken
    )
    {
        var code = NewCode();
        using var added = await directory.AddCodeAsync(lease, code, uses, joinToken: joinToken);
        Assert.True(added.StatusCode == HttpStatusCode.Created, await added.Content.ReadAsStringAsync());
        return code;
    }

    public static async Task AssertRefusedAsync(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.JoinTokenRequired, response);
    }

    public static async Task AssertAsync(HttpStatusCode expected, Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode}");
    }
}
