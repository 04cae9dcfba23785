using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Discovery.Files;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A directory that stores files, and alice, who offers them to bob.</summary>
public abstract class SealedCopyFixture : IAsyncLifetime, IDisposable
{
    protected static readonly Username Alice = Username.Parse("alice");
    protected static readonly Username Bob = Username.Parse("bob");

    private readonly TempDirectory _temp = new();

    protected RestartableDirectory Directory { get; private set; } = null!;

    protected string Temp => _temp.Path;

    public async Task InitializeAsync() => await StartDirectoryAsync();

    public async Task DisposeAsync() => await Directory.DisposeAsync();

    public void Dispose()
    {
        _temp.Dispose();
        GC.SuppressFinalize(this);
    }

    protected string Folder => Path.Combine(Temp, "files");

    protected string[] Blobs => FileFixture.BlobsIn(Folder);

    private protected static FileService Files(PeerUnderTest peer) => peer.Services.GetRequiredService<FileService>();

    private protected static SessionHost SessionWithAlice(PeerUnderTest peer) => SessionWith(peer, Alice);

    private protected static SessionHost SessionWith(PeerUnderTest peer, Username name) =>
        peer.Services.GetRequiredService<SessionTable>().Find(name)!;

    private protected static async Task<FileTransfer> CompletedAsync(PeerUnderTest peer) =>
        (
            await peer.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.State == TransferState.Completed)
        ).Transfer;

    private protected static async Task<FileTransfer> StateAsync(PeerUnderTest peer, Func<FileCopy, bool> matches) =>
        (
            await peer.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.Copy is { } copy && matches(copy))
        ).Transfer;

    private protected static async Task SentAsync(PeerUnderTest peer, int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            _ = await peer.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent);
        }
    }

    private protected async Task<Guid> OfferAsync(PeerUnderTest alice, string name) =>
        (await Files(alice).OfferAsync(Bob, PathOf(name), mediaType: null, CancellationToken.None)).Id;

    private protected Task NothingIsStoredAsync() =>
        Eventually.True(() => Blobs.Length == 0, PeerUnderTest.Soon, "nothing waits at the directory");

    private protected async Task MeetAsync()
    {
        await using var alice = await StartAsync("alice");
        await using var bob = await StartAsync("bob");
        await MailPeers.ConnectAsync(alice, bob);
    }

    private protected async Task SetAcceptedAsync(string name)
    {
        await using var peer = await StartAsync(name);
        peer.Services.GetRequiredService<SettingsService>().Set("accept-files", "contacts");
        peer.Services.GetRequiredService<SettingsService>().Set("accept-files-up-to", "1MiB");
    }

    private protected Task<PeerUnderTest> StartAsync(
        string name,
        TimeSpan? depositAfter = null,
        TimeProvider? timeProvider = null
    ) => PeerUnderTest.StartAsync(Directory, name, timeProvider: timeProvider, change: options =>
        {
            (options.Ephemeral, options.Data) = (false, Path.Combine(Temp, name));
            options.Reconnect = false;
            options.DepositAfter = depositAfter ?? TimeSpan.FromMilliseconds(100);
            options.Accept = AcceptMode.All;
        });

    private protected async Task StartDirectoryAsync(params string[] settings)
    {
        Directory = new RestartableDirectory
        {
            Settings =
            [
                $"Directory:Data={Path.Combine(Temp, "directory")}",
                .. settings.Length > 0 ? settings : [$"Directory:Files:Folder={Folder}", "Directory:Files:FreeShare=0"],
                "Directory:Files:SweepEvery=00:00:00.100",
            ],
        };
        await Directory.StartAsync();
    }

    private protected async Task RestartDirectoryAsync(params string[] settings)
    {
        await Directory.DisposeAsync();
        await StartDirectoryAsync(settings.Length > 0 ? settings : ["Directory:Files:Kept=14.00:00:00"]);
    }

    protected byte[] Write(string name, int size, int seed = 1)
    {
        var content = new byte[size];
        new Random(seed).NextBytes(content);
        File.WriteAllBytes(PathOf(name), content);
        return content;
    }

    protected string PathOf(string name) => Path.Combine(Temp, name);
}
