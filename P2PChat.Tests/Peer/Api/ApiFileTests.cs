using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using P2PChat.Client;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

/// <summary>Files by the API, from another process's view.</summary>
public sealed class ApiFileTests(ApiPeers peers) : IClassFixture<ApiPeers>, IAsyncLifetime, IDisposable
{
    private static readonly byte[] Png = [0x89, .. "PNG\r\n"u8, 0x1a, .. "\n<svg onload='alert(1)'/>"u8];
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _temp = new();
    private RemotePeer _alice = null!;
    private RemotePeer _bob = null!;

    public async Task InitializeAsync()
    {
        _alice = RemotePeer.Open(peers.Alice.Data)!;
        _bob = RemotePeer.Open(peers.Bob.Data)!;
        if ((await _alice.ListPeersAsync()).Peers.Single(peer => peer.Username == "bob").Relation != Relation.Connected)
        {
            await ApiCalls.ConnectAsync(peers.Alice, "alice", peers.Bob, "bob");
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Upload_is_offered_and_downloaded_by_the_other()
    {
        var content = new byte[700_000];
        new Random(1).NextBytes(content);

        var upload = await _alice.UploadFileAsync("../photo.html", new MemoryStream(content));
        Assert.Equal(("photo.html", 700_000L), (upload.Name, upload.Size));
        var offered = await _alice.OfferUploadAsync("bob", upload.Id, "text/html", TestPictures.Png(8, 8));
        Assert.Equal((FileState.Offered, "text/html"), (offered.State, offered.MediaType));
        var completed = await ReceiveAsync(offered.Id);

        var message = (await _bob.GetMessagesAsync("alice")).Messages.Single(message => message.Id == offered.Id);
        Assert.Equal(new MessageFileItem("photo.html", 700_000, "text/html"), message.File);
        using var export = new MemoryStream();
        await _bob.ExportAsync("alice", export);
        Assert.Contains(
            "\"file\":{\"name\":\"photo.html\",\"size\":700000,\"mediaType\":\"text/html\"}",
            Encoding.UTF8.GetString(export.ToArray()),
            StringComparison.Ordinal
        );
        using var output = new MemoryStream();
        await _bob.DownloadFileAsync("alice", offered.Id, output);
        Assert.Equal(content, output.ToArray());
        Assert.Equal(content, await File.ReadAllBytesAsync(completed.Path!));

        var saved = await _bob.SaveFileAsync("alice", offered.Id, _temp.Path);
        Assert.Equal(content, await File.ReadAllBytesAsync(saved.Path));
        var again = await Assert.ThrowsAsync<PeerApiException>(() =>
            _bob.SaveFileAsync("alice", offered.Id, _temp.Path)
        );
        Assert.Equal($"{saved.Path} already exists. Choose another path.", again.Message);
        Assert.Equal(
            "There is no such upload. It may have been sent or deleted. Upload the file again.",
            (await Assert.ThrowsAsync<PeerApiException>(() => _alice.OfferUploadAsync("bob", upload.Id))).Message
        );
    }

    [Fact]
    public async Task Received_files_are_never_rendered_as_documents()
    {
        var html = await OfferAsync("page.html", "<script>alert(1)</script>"u8.ToArray());
        var picture = await OfferAsync("picture.svg", Png);
        _ = await ReceiveAsync(html);
        _ = await ReceiveAsync(picture);

        foreach (
            var (path, type, disposition) in new[]
            {
                ($"{html}", "application/octet-stream", "attachment"),
                ($"{html}/media", "application/octet-stream", "attachment"),
                ($"{picture}", "application/octet-stream", "attachment"),
                ($"{picture}/media", "image/png", "inline"),
                ($"{picture}/preview", "image/png", "inline"),
            }
        )
        {
            using var response = await GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(type, response.Content.Headers.ContentType!.ToString());
            Assert.Equal(disposition, response.Content.Headers.ContentDisposition!.DispositionType);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal(
                "default-src 'none'; sandbox",
                Assert.Single(response.Headers.GetValues("Content-Security-Policy"))
            );
        }

        using var none = await GetAsync($"{html}/preview");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        using var range = new HttpRequestMessage(HttpMethod.Get, $"/api/conversations/alice/files/{html}");
        range.Headers.Range = new(1, 6);
        using var part = await peers.Bob.Http.SendAsync(range);
        Assert.Equal(
            (HttpStatusCode.PartialContent, "script"),
            (part.StatusCode, await part.Content.ReadAsStringAsync())
        );
    }

    [Fact]
    public async Task Invalid_calls_are_refused_with_a_reason()
    {
        var upload = await _alice.UploadFileAsync("a", new MemoryStream([1]));
        await RefusedAsync(new { path = "relative" }, 400, "malformed-request");
        await RefusedAsync(new { path = "/a", upload = upload.Id }, 400, "malformed-request");
        await RefusedAsync(new { }, 400, "malformed-request");
        await RefusedAsync(new { path = _temp.Path + "/none" }, 409, "file-refused");
        // As some clients write that there is no preview.
        await RefusedAsync(new { path = _temp.Path + "/none", preview = "" }, 409, "file-refused");
        await RefusedAsync(new { path = "/a", preview = "PHN2Zy8+" }, 400, "malformed-request");
        await RefusedAsync(new { path = _temp.Path }, 409, "file-refused");
        await RefusedAsync(new { upload = Guid.NewGuid() }, 404, "unknown-file");
        await RefusedAsync(new { upload = upload.Id, mediaType = "image" }, 409, "file-refused");
        await RefusedAsync(new { upload = upload.Id, preview = "PHN2Zy8+" }, 409, "file-refused");
        await _alice.DeleteUploadAsync(upload.Id);
        await RefusedAsync(new { upload = upload.Id }, 404, "unknown-file");

        using var body = new MultipartFormDataContent();
        using var form = await peers.Alice.Http.PostAsync(new Uri("/api/uploads?name=a", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, form.StatusCode);
        using var missing = await GetAsync($"{Guid.NewGuid()}");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    private async Task<Guid> OfferAsync(string name, byte[] content)
    {
        var upload = await _alice.UploadFileAsync(name, new MemoryStream(content));
        var preview = content == Png ? TestPictures.Png(8, 8) : null;
        return (await _alice.OfferUploadAsync("bob", upload.Id, mediaType: null, preview)).Id;
    }

    private async Task<FileItem> ReceiveAsync(Guid id)
    {
        await Eventually.True(
            async () => (await _bob.ListFilesAsync()).Files.Any(file => file.Id == id),
            Soon,
            "the offer has arrived"
        );
        _ = await _bob.AcceptFileAsync("alice", id);
        FileItem? file = null;
        await Eventually.True(
            async () =>
            {
                file = (await _bob.ListFilesAsync()).Files.Single(file => file.Id == id);
                return file.State == FileState.Completed;
            },
            Soon,
            "the file is complete"
        );
        return file!;
    }

    private Task<HttpResponseMessage> GetAsync(string path) =>
        peers.Bob.Http.GetAsync(new Uri($"/api/conversations/alice/files/{path}", UriKind.Relative));

    private async Task RefusedAsync(object body, int status, string type)
    {
        using var response = await peers.Alice.Http.PostAsJsonAsync(
            new Uri("/api/conversations/bob/files", UriKind.Relative),
            body
        );
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.EndsWith(type, problem.GetProperty("type").GetString(), StringComparison.Ordinal);
    }
}
