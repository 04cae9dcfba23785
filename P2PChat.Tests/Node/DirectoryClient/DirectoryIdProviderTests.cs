using System.Net;
using System.Net.Http.Json;
using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class DirectoryIdProviderTests : IDisposable
{
    private readonly ChangingDirectory _directory = new();

    [Fact]
    public async Task Prefetched_id_is_returned_once()
    {
        using var provider = NewProvider();

        provider.Prefetch();
        Assert.Equal(1, _directory.Calls);
        Assert.Equal(IdOf(1), await provider.GetAsync(default));
        Assert.Equal(1, _directory.Calls);
        Assert.Equal(IdOf(2), await provider.GetAsync(default));
    }

    [Fact]
    public async Task Prefetch_after_a_request_does_nothing()
    {
        using var provider = NewProvider();

        Assert.Equal(IdOf(1), await provider.GetAsync(default));
        provider.Prefetch();
        Assert.Equal(1, _directory.Calls);
        Assert.Equal(IdOf(2), await provider.GetAsync(default));
    }

    [Fact]
    public async Task Failed_prefetch_is_reported_once()
    {
        using var provider = NewProvider();
        _directory.IsAvailable = false;

        provider.Prefetch();
        var exception = await Assert.ThrowsAsync<DirectoryException>(() => provider.GetAsync(default));
        Assert.Equal(DirectoryFailure.Unreachable, exception.Failure);
        _directory.IsAvailable = true;
        Assert.Equal(IdOf(2), await provider.GetAsync(default));
    }

    [Fact]
    public async Task Get_is_cancellable_and_Dispose_cancels_the_prefetch()
    {
        using var cancellation = new CancellationTokenSource();
        _directory.Answers = false;
        var provider = NewProvider();
        provider.Prefetch();
        var pending = provider.GetAsync(cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        provider.Dispose();
        await _directory.Cancelled.Task.WaitAsync(PeerUnderTest.Soon);
    }

    public void Dispose() => _directory.Dispose();

    private DirectoryIdProvider NewProvider() => new(TestDirectoryClient.Create(_directory));

    private static byte[] IdOf(int call) => [.. Enumerable.Repeat((byte)call, SignedRecord.DirectoryIdSize)];

    /// <summary>A directory with a different id in each answer.</summary>
    private sealed class ChangingDirectory : HttpMessageHandler, IHttpClientFactory
    {
        public int Calls { get; private set; }

        public bool IsAvailable { get; set; } = true;

        public bool Answers { get; set; } = true;

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HttpClient CreateClient(string name) =>
            new(this, disposeHandler: false) { BaseAddress = new Uri("http://directory.invalid/") };

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            Calls++;
            if (!IsAvailable)
            {
                throw new HttpRequestException("The directory is unavailable.");
            }

            if (!Answers)
            {
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }
                finally
                {
                    Cancelled.SetResult();
                }
            }

            var info = new DirectoryInfo(
                Convert.ToHexStringLower(IdOf(Calls)),
                "test",
                new DirectoryLimits(8192, 100, 30, 30, 300)
            );
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = JsonContent.Create(info, DirectoryJson.Default.DirectoryInfo),
            };
        }
    }
}
