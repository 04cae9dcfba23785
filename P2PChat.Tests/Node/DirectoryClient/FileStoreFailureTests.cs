using System.Net;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>Calls about files to servers that fall silent, or that are no directories.</summary>
public sealed class FileStoreFailureTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly SilentServer _server = new();
    private readonly FileStoreClient _client;

    public FileStoreFailureTests()
    {
        var options = new PeerOptions { Username = "alice", Discovery = "http://directory" };
        var registration = new DirectoryRegistration(new EventLog());
        registration.Registered("token");
        _client = new FileStoreClient(_server, options, TestDirectoryClient.Create(_server), registration, _clock);
    }

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Deletion_whose_answer_does_not_end_is_unreachable()
    {
        var deleting = _client.DeleteAsync(FileStoreClient.NewId(), CancellationToken.None);

        await AssertUnreachableAfterAsync(TimeSpan.FromSeconds(30), deleting);
    }

    [Fact]
    public async Task Download_whose_refusal_does_not_end_is_unreachable()
    {
        _server.Status = HttpStatusCode.NotFound;
        var downloading = _client.DownloadAsync(
            FileStoreClient.NewId(),
            new MemoryStream(),
            new SealedFileInfo(17, SHA256.HashData([1])),
            progress: null,
            CancellationToken.None
        );

        await AssertUnreachableAfterAsync(TimeSpan.FromSeconds(30), downloading);
    }

    [Fact]
    public async Task Upload_that_is_too_slow_pauses_only_itself_and_for_long()
    {
        var failure = CopyRetryPolicy.Of(await FailAfterAsync(FileStoreClient.TryTimeout, UploadAsync()));

        Assert.Equal(CopyScope.One, failure.Scope);
        Assert.InRange(failure.Pause.After(1), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1));
        Assert.InRange(failure.Pause.After(100), TimeSpan.FromHours(12), TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task Upload_that_a_proxy_refuses_as_too_large_is_not_repeated_soon()
    {
        _server.Refusal = (HttpStatusCode.RequestEntityTooLarge, "<html>");

        var failure = await Assert.ThrowsAsync<DirectoryException>(() => UploadAsync());

        Assert.Equal(
            (CopyProblem.TooLarge, CopyScope.One),
            (CopyRetryPolicy.Of(failure).Problem, CopyRetryPolicy.Of(failure).Scope)
        );
    }

    [Fact]
    public async Task Withdrawal_with_an_expired_capability_counts_as_done()
    {
        // The answer of a directory with a join token, to which the capability stood for that.
        _server.Refusal = (HttpStatusCode.Unauthorized, $$"""{"type":"{{ProblemTypes.JoinTokenRequired}}"}""");

        await _client.WithdrawAsync(
            Username.Parse("bob"),
            MailboxCapability.New(),
            FileStoreClient.NewId(),
            CancellationToken.None
        );

        Assert.Equal(1, _server.Calls);
    }

    [Fact]
    public async Task Directory_is_asked_once_for_many_files()
    {
        for (var i = 0; i < 3; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var uploading = UploadAsync(cancellation.Token);
            await Eventually.True(() => _server.Calls == i + 1, TimeSpan.FromSeconds(10), "the upload is sent");
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => uploading);
        }

        Assert.Equal(1, _server.Questions);
    }

    [Fact]
    public async Task Page_of_a_proxy_is_not_taken_for_another_file()
    {
        using var output = new MemoryStream();
        output.Write(new byte[10]);
        using var page = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>") };
        var download = new FileDownload(output, new SealedFileInfo(17, SHA256.HashData([1])), null, _clock);

        var failure = await Assert.ThrowsAsync<DirectoryException>(() =>
            download.ReadAsync(page, CancellationToken.None)
        );

        Assert.Equal((DirectoryFailure.Refused, 10), (failure.Failure, output.Length));
    }

    private Task<DateTimeOffset> UploadAsync(CancellationToken cancellationToken = default) =>
        _client.UploadAsync(
            Username.Parse("bob"),
            MailboxCapability.New(),
            FileStoreClient.NewId(),
            new MemoryStream([1]),
            new SealedFileInfo(1, SHA256.HashData([1])),
            progress: null,
            cancellationToken
        );

    private async Task AssertUnreachableAfterAsync(TimeSpan time, Task call) =>
        Assert.Equal(DirectoryFailure.Unreachable, (await FailAfterAsync(time, call)).Failure);

    private async Task<DirectoryException> FailAfterAsync(TimeSpan time, Task call)
    {
        await Eventually.True(
            () => _server.Calls == 1 && _clock.Waiting.Contains(time),
            TimeSpan.FromSeconds(10),
            "the call waits"
        );
        _clock.Advance(time);
        return await Assert.ThrowsAsync<DirectoryException>(() => call);
    }

    /// <summary>Describes itself, and sends only the headers of all other answers.</summary>
    private sealed class SilentServer : HttpMessageHandler, IHttpClientFactory
    {
        private int _calls;
        private int _questions;

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        /// <summary>A whole answer, instead of one that does not end.</summary>
        public (HttpStatusCode Status, string Body)? Refusal { get; set; }

        public int Calls => Volatile.Read(ref _calls);

        public int Questions => Volatile.Read(ref _questions);

        public HttpClient CreateClient(string name) =>
            new(this, disposeHandler: false)
            {
                BaseAddress = new Uri("http://directory/"),
                Timeout = Timeout.InfiniteTimeSpan,
            };

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            HttpContent content;
            if (request.RequestUri!.AbsolutePath == "/directory")
            {
                Interlocked.Increment(ref _questions);
                content = new StringContent(
                    System.Text.Json.JsonSerializer.Serialize(Described(), DirectoryJson.Default.DirectoryInfo),
                    Encoding.UTF8,
                    "application/json"
                );
            }
            else
            {
                Interlocked.Increment(ref _calls);
                if (Refusal is var (status, body))
                {
                    return Task.FromResult(
                        new HttpResponseMessage(status) { Content = new StringContent(body), RequestMessage = request }
                    );
                }

                content = new StreamContent(new EndlessBody(""));
            }

            return Task.FromResult(new HttpResponseMessage(Status) { Content = content });
        }

        private static DirectoryInfo Described() =>
            new(Convert.ToHexStringLower(LyingDirectory.Id), "silent", new DirectoryLimits(8192, 100, 30, 30, 300))
            {
                Files = new DirectoryFiles(Enabled: true, SealedFile.MaxSize, KeptDays: 14),
            };
    }
}
