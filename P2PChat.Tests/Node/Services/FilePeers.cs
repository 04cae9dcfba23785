using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Peers that offer each other files from a temporary folder.</summary>
internal sealed class FilePeers(RestartableDirectory directory) : IDisposable
{
    private readonly TempDirectory _temp = new();

    public string Folder => _temp.Path;

    public void Dispose() => _temp.Dispose();

    public static FileService Files(PeerUnderTest peer) => peer.Services.GetRequiredService<FileService>();

    public static PeerStore Store(PeerUnderTest peer) => peer.Services.GetRequiredService<PeerStore>();

    public static SessionHost SessionOf(PeerUnderTest peer, PeerUnderTest other) =>
        peer.Services.GetRequiredService<SessionTable>().Find(other.Name)!;

    /// <summary>Changes the store as only a crash or another version would.</summary>
    public static Task RunAsync(PeerUnderTest peer, string sql) =>
        Store(peer).Writer.CallAsync(connection => connection.Run(sql));

    /// <summary>Starts a peer whose data stay when it ends.</summary>
    public Task<PeerUnderTest> StartAsync(
        string name,
        Action<PeerOptions>? change = null,
        TimeProvider? timeProvider = null
    ) =>
        PeerUnderTest.StartAsync(
            directory,
            name,
            options =>
            {
                options.Ephemeral = false;
                options.Data = Path.Combine(_temp.Path, name);
                options.Downloads = Path.Combine(_temp.Path, $"downloads-{name}");
                change?.Invoke(options);
            },
            timeProvider: timeProvider
        );

    public byte[] Write(string name, int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        File.WriteAllBytes(Path.Combine(_temp.Path, name), content);
        return content;
    }

    /// <summary>Offers a file, and returns its id when the offer has arrived.</summary>
    public async Task<Guid> OfferAsync(PeerUnderTest from, PeerUnderTest to, string name)
    {
        var path = Path.Combine(_temp.Path, name);
        var offered = await Files(from).OfferAsync(to.Name, path, mediaType: null, CancellationToken.None);
        _ = await to.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.Id == offered.Id);
        return offered.Id;
    }

    /// <summary>Waits for a state of a file, as its events report it.</summary>
    public static async Task<FileTransfer> ExpectAsync(PeerUnderTest peer, Guid id, TransferState state) =>
        (
            await peer.Expect<PeerEvent.TransferChanged>(changed =>
                changed.Transfer.Id == id && changed.Transfer.State == state
            )
        ).Transfer;

    /// <summary>Waits until a part of a file has arrived. Events say so only four times per second.</summary>
    public static Task ArrivingAsync(string folder) =>
        Eventually.True(
            () =>
                Task.FromResult(
                    PartsIn(folder).Any(part => new FileInfo(part) is { Exists: true, Length: > 1_000_000 })
                ),
            PeerUnderTest.Soon,
            "a part of the file has arrived",
            TimeSpan.FromMilliseconds(1)
        );

    public string[] Parts() => PartsIn(_temp.Path);

    private static string[] PartsIn(string folder) => Directory.GetFiles(folder, "*.part", SearchOption.AllDirectories);
}
