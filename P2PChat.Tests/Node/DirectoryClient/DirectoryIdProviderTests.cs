using System.Net;
using System.Net.Http.Json;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class DirectoryIdProviderTests : IDisposable
{
    private readonly OtherEachTime _directory = new();

    [Fact]
    public async Task What_was_asked_ahead_answers_once_and_then_it_is_asked_anew()
    {
        using var provider = NewProvider();

        provider.Prefetch();
        Assert.Equal(1, _directory.Calls);
        Assert.Equal(IdOf(1), await provider.GetAsync(default));
        Assert.Equal(1, _directory.Calls);
        Assert.Equal(IdOf(2), await provider.GetAsync(default));
    }

    [Fact]
    public async Task What_has_been_asked_is_not_asked_ahead()
    {
        using var provider = NewProvider();

        Assert.Equal(IdOf(1), await provider.GetAsync(default));
        provider.Prefetch();
        Assert.Equal(1, _directory.Calls);
        Assert.Equal(IdOf(2), await provider.GetAsync(default));
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_told_to_who_asks_and_asked_anew_after_that()
    {
        using var provider = NewProvider();
        _directory.IsThere = false;

        provider.Prefetch();
        var told = await Assert.ThrowsAsync<DirectoryException>(() => provider.GetAsync(default));
        Assert.Equal(DirectoryFailure.Unreachable, told.Failure);
        _directory.IsThere = true;
        Assert.Equal(IdOf(2), await provider.GetAsync(default));
    }

    [Fact]
    public async Task Whoever_does_not_wait_any_longer_need_not_and_its_end_ends_the_call()
    {
        using var none = new CancellationTokenSource();
        _directory.Answers = false;
        var provider = NewProvider();
        provider.Prefetch();
        var asked = provider.GetAsync(none.Token);

        await none.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        provider.Dispose();
        await _directory.Cancelled.Task.WaitAsync(PeerUnderTest.Soon);
    }

    public void Dispose() => _directory.Dispose();

    private DirectoryIdProvider NewProvider() => new(new DirectoryHttpClient(_directory, new PeerOptions()));

    private static byte[] IdOf(int call) => [.. Enumerable.Repeat((byte)call, SignedRecord.DirectoryIdSize)];

    /// <summary>Each of its answers is another directory's.</summary>
    private sealed class OtherEachTime : HttpMessageHandler, IHttpClientFactory
    {
        public int Calls { get; private set; }

        public bool IsThere { get; set; } = true;

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
            if (!IsThere)
            {
                throw new HttpRequestException("Nobody is there.");
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
