using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>Requests between two peers by way of a directory, and their failures.</summary>
public sealed class RequestBoxClientTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _data = new();
    private readonly RestartableDirectory _directory = new()
    {
        Settings = ["Directory:RequestBox:Envelopes=1", "Directory:RenewEvery=00:00:00.200"],
    };

    private PeerUnderTest _alice = null!;
    private PeerUnderTest _bob = null!;

    public async Task InitializeAsync()
    {
        await _directory.StartAsync();
        _alice = await PeerUnderTest.StartAsync(
            _directory,
            "alice",
            // Takes no requests at first.
            options => (options.Ephemeral, options.Data, options.Accept) = (false, _data.Path, AcceptMode.None),
            mail: false
        );
        _bob = await PeerUnderTest.StartAsync(_directory, "bob");
    }

    public async Task DisposeAsync()
    {
        await _bob.DisposeAsync();
        await _alice.DisposeAsync();
        await _directory.DisposeAsync();
    }

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Request_is_deposited_signalled_collected_and_deleted()
    {
        await OpenAsync();
        var signals = _alice.Services.GetRequiredService<SignalWatch>().Mail;

        var expires = await ClientOf(_bob).PutRequestAsync(_alice.Name, NewRequest(7), default);

        Assert.InRange(expires, DateTimeOffset.UtcNow.AddDays(6), DateTimeOffset.UtcNow.AddDays(8));
        Assert.True(await signals.ReadAsync().AsTask().WaitAsync(PeerUnderTest.Soon));
        var page = await ClientOf(_alice).CollectRequestsAsync(after: null, default);
        Assert.Null(page.Next);
        var request = Assert.Single(page.Envelopes);
        Assert.Equal(NewRequest(7), request.Bytes.ToArray());
        await ClientOf(_alice).DeleteRequestsAsync([request.Id], default);
        await ClientOf(_alice).DeleteRequestsAsync([request.Id], default);
        Assert.Empty((await ClientOf(_alice).CollectRequestsAsync(request.Id, default)).Envelopes);
    }

    [Fact]
    public async Task Peer_that_is_away_still_takes_requests()
    {
        await OpenAsync();
        await _alice.StopAsync();

        var found = await _bob.Lookup.FindAsync(Username.Parse("alice"), default);

        Assert.False(found.Online);
        Assert.True(found.TakesRequests);
        Assert.NotNull(found.Prekey);
        _ = await ClientOf(_bob).PutRequestAsync(found.Name, NewRequest(1), default);
    }

    [Fact]
    public async Task Each_refusal_maps_to_its_failure()
    {
        await AssertFailsAsync(DirectoryFailure.RequestBoxClosed, () =>
            ClientOf(_bob).PutRequestAsync(_alice.Name, NewRequest(1), default)
        );
        await AssertFailsAsync(DirectoryFailure.RequestBoxClosed, () =>
            ClientOf(_bob).PutRequestAsync(Username.Parse("nobody"), NewRequest(1), default)
        );
        await OpenAsync();
        _ = await ClientOf(_bob).PutRequestAsync(_alice.Name, NewRequest(1), default);
        var full = await AssertFailsAsync(DirectoryFailure.RequestBoxFull, () =>
            ClientOf(_alice).PutRequestAsync(_alice.Name, NewRequest(1), default)
        );
        Assert.NotNull(full.RetryAfter);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            ClientOf(_bob).PutRequestAsync(_alice.Name, new byte[1023], default)
        );
    }

    private static byte[] NewRequest(byte first) => [first, .. new byte[RequestBoxClient.EnvelopeSize - 1]];

    private static RequestBoxClient ClientOf(PeerUnderTest peer) =>
        peer.Services.GetRequiredService<RequestBoxClient>();

    private async Task OpenAsync()
    {
        _alice.Services.GetRequiredService<OwnRecord>().TakesRequests = true;
        _alice.DirectoryRegistration.RegisterSoon();
        await Eventually.True(
            async () => (await _bob.Lookup.FindAsync(_alice.Name, default)).TakesRequests,
            PeerUnderTest.Soon,
            "alice's record says that she takes requests"
        );
    }

    private static async Task<DirectoryException> AssertFailsAsync(DirectoryFailure failure, Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<DirectoryException>(call);
        Assert.Equal(failure, exception.Failure);
        return exception;
    }
}
