using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>The calls of senders and owners to a request box.</summary>
internal static class RequestBoxFixture
{
    private static readonly byte[] Prekey = NewPrekey();

    /// <summary>Changes a record so that its peer takes requests.</summary>
    public static void TakesRequests(PeerRecord record)
    {
        record.TakesRequests = true;
        record.Devices[0].Prekey = new Prekey
        {
            Id = 1,
            PublicKey = ByteString.CopyFrom(Prekey),
            Created = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
        };
    }

    /// <summary>Returns an envelope of the right size that is told apart by its first byte.</summary>
    public static byte[] NewRequest(byte first) => [first, .. new byte[1023]];

    public static async Task<HttpResponseMessage> AskAsync(
        this DirectoryFixture directory,
        string name,
        string? lease,
        byte[] envelope
    )
    {
        using var content = new ByteArrayContent(envelope);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await directory.SendAsync(HttpMethod.Post, $"/peers/{name}/requests", lease, content);
    }

    /// <summary>Deposits a request. Fails the test if that is refused.</summary>
    public static async Task LeaveRequestAsync(this DirectoryFixture directory, string name, string lease, byte first)
    {
        using var response = await directory.AskAsync(name, lease, NewRequest(first));
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
    }

    public static async Task<MailboxPage> CollectRequestsAsync(
        this DirectoryFixture directory,
        string name,
        string lease,
        string query = ""
    )
    {
        using var response = await directory.SendAsync(HttpMethod.Get, $"/peers/{name}/requests{query}", lease);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<MailboxPage>(JsonSerializerOptions.Web))!;
    }

    /// <summary>Returns the first byte of each waiting request.</summary>
    public static async Task<List<int>> ReadRequestsAsync(this DirectoryFixture directory, string name, string lease) =>
        [
            .. (await directory.CollectRequestsAsync(name, lease)).Envelopes.Select(request =>
                (int)Convert.FromBase64String(request.Envelope)[0]
            ),
        ];

    private static byte[] NewPrekey()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. point.X!, .. point.Y!];
    }
}
