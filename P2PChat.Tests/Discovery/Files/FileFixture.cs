using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>The calls of contacts and owners on files.</summary>
internal static class FileFixture
{
    private static readonly string[] Parts = ["files", "incoming"];

    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public static HttpRequestMessage Upload(string name, byte[] capability, string id, byte[] bytes) =>
        Upload(name, capability, id, new ByteArrayContent(bytes), SHA256.HashData(bytes));

    public static HttpRequestMessage Upload(
        string name,
        byte[] capability,
        string id,
        HttpContent content,
        byte[] digest
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/peers/{name}/files/{id}") { Content = content };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.Add("X-P2PChat-Capability", Base64Url.EncodeToString(capability));
        request.Headers.Add("Content-Digest", $"sha-256=:{Convert.ToBase64String(digest)}:");
        return request;
    }

    public static async Task<HttpResponseMessage> UploadAsync(
        this DirectoryFixture directory,
        string name,
        byte[] capability,
        string id,
        byte[] bytes
    )
    {
        using var request = Upload(name, capability, id, bytes);
        return await directory.Http.SendAsync(request);
    }

    /// <summary>Uploads a file. Fails the test if that is refused.</summary>
    /// <returns>The file's id.</returns>
    public static async Task<string> LeaveFileAsync(
        this DirectoryFixture directory,
        string name,
        byte[] capability,
        byte[] bytes
    )
    {
        var id = NewId();
        using var response = await directory.UploadAsync(name, capability, id, bytes);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return id;
    }

    public static async Task<IReadOnlyList<WaitingFileEntry>> ListFilesAsync(
        this DirectoryFixture directory,
        string name,
        string token
    )
    {
        using var response = await directory.SendAsync(HttpMethod.Get, $"/peers/{name}/files", token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<FileListing>(JsonSerializerOptions.Web))!.Files;
    }

    public static async Task<HttpResponseMessage> DownloadAsync(
        this DirectoryFixture directory,
        string name,
        string token,
        string id,
        string? range = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/peers/{name}/files/{id}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (range is not null)
        {
            request.Headers.TryAddWithoutValidation("Range", range);
        }

        return await directory.Http.SendAsync(request);
    }

    /// <summary>Deletes a file as its sender.</summary>
    public static async Task<HttpResponseMessage> WithdrawAsync(
        this DirectoryFixture directory,
        string name,
        byte[] capability,
        string id
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/peers/{name}/files/{id}");
        request.Headers.Add("X-P2PChat-Capability", Base64Url.EncodeToString(capability));
        return await directory.Http.SendAsync(request);
    }

    /// <summary>Returns the names of all blobs in a folder, complete or not.</summary>
    public static string[] BlobsIn(string folder) =>
        [
            .. Parts
                .Select(part => Path.Combine(folder, part))
                .Where(Directory.Exists)
                .SelectMany(part => Directory.EnumerateFiles(part, "*", SearchOption.AllDirectories))
                .Select(path => Path.GetFileName(path)),
        ];
}
