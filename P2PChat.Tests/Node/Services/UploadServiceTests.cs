using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Services;

/// <summary>Files that come over HTTP to be offered, and the space that they may take.</summary>
public sealed class UploadServiceTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Upload_that_is_not_offered_within_an_hour_makes_room()
    {
        using var data = new TempDirectory();
        var clock = new SettableClock();
        await using var alice = await PeerUnderTest.StartUnregisteredAsync(
            directory.Address,
            "alice",
            options => (options.Ephemeral, options.Data, options.UploadsInTotal) = (false, data.Path, 1000),
            timeProvider: clock
        );
        var uploads = alice.Services.GetRequiredService<UploadService>();
        var first = await ReceiveAsync();

        Assert.Equal(PeerError.FileRefused, Assert.Throws<PeerException>(() => uploads.ThrowIfNoRoom(600)).Error);
        _ = await Assert.ThrowsAsync<PeerException>(ReceiveAsync);
        clock.LetPass(TimeSpan.FromHours(1));
        uploads.ThrowIfNoRoom(600);
        _ = await ReceiveAsync();

        Assert.Throws<PeerException>(() => uploads.Remove(first.Id));
        Assert.Throws<PeerException>(() => uploads.ThrowIfNoRoom(1001));
        Assert.Throws<PeerException>(() => uploads.ThrowIfNoRoom(FileOffer.MaxSize + 1));

        Task<FileUpload> ReceiveAsync() =>
            uploads.ReceiveAsync("photo.jpg", new MemoryStream(new byte[600]), CancellationToken.None);
    }

    [Fact]
    public async Task Receiver_is_checked_before_the_upload()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "anna");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bill");
        var files = alice.Services.GetRequiredService<FileService>();
        Assert.Equal(PeerError.NotConnected, ErrorFor(bob.Name));
        Assert.Equal(PeerError.NotConnected, ErrorFor(Username.Parse("nobody")));

        await alice.ConnectAsync(bob);
        files.ThrowIfNoReceiver(bob.Name);
        await alice.Contacts.BlockAsync(bob.Name, CancellationToken.None);

        Assert.Equal(PeerError.Blocked, ErrorFor(bob.Name));

        PeerError ErrorFor(Username name) => Assert.Throws<PeerException>(() => files.ThrowIfNoReceiver(name)).Error;
    }
}
