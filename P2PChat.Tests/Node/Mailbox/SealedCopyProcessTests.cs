using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Hosting;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Discovery.Files;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A file by way of a directory process that is killed while the file waits there.</summary>
public sealed class SealedCopyProcessTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly int _port = LoopbackPort.Next();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Stored_file_survives_its_directory_and_the_absence_of_its_sender()
    {
        var content = new byte[1_000_000];
        new Random(1).NextBytes(content);
        var path = Path.Combine(_temp.Path, "report");
        await File.WriteAllBytesAsync(path, content);
        var directory = await StartDirectoryAsync();
        try
        {
            await using (var bob = await StartAsync("bob"))
            await using (var alice = await StartAsync("alice"))
            {
                await MailPeers.ConnectAsync(alice, bob);
            }

            Guid id;
            await using (var alice = await StartAsync("alice"))
            {
                id = (await OfferAsync(alice, path)).Id;
                _ = await alice.Expect<PeerEvent.TransferChanged>(changed =>
                    changed.Transfer.Copy?.State == CopyState.Stored
                );
                _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent);
            }

            directory.Signal("KILL");
            _ = await directory.ExitCodeAsync();
            await directory.DisposeAsync();
            directory = await StartDirectoryAsync();

            await using (var bob = await StartAsync("bob"))
            {
                _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
                _ = bob.Services.GetRequiredService<FileService>().Accept(Username.Parse("alice"), id);
                var completed = await bob.Expect<PeerEvent.TransferChanged>(changed =>
                    changed.Transfer.State == TransferState.Completed
                );
                Assert.Equal(content, await File.ReadAllBytesAsync(completed.Transfer.Path!));
                await Eventually.True(
                    () => FileFixture.BlobsIn(Path.Combine(_temp.Path, "files")).Length == 0,
                    PeerUnderTest.Soon,
                    "nothing waits at the directory"
                );
            }
        }
        finally
        {
            await directory.DisposeAsync();
        }
    }

    private static Task<FileTransfer> OfferAsync(PeerUnderTest alice, string path) =>
        alice
            .Services.GetRequiredService<FileService>()
            .OfferAsync(Username.Parse("bob"), path, mediaType: null, CancellationToken.None);

    private async Task<PeerProgram> StartDirectoryAsync()
    {
        var program = PeerProgram.StartAssembly(
            typeof(DiscoveryApp).Assembly.Location,
            [
                $"--urls=http://127.0.0.1:{_port}",
                $"--Directory:Data={Path.Combine(_temp.Path, "directory")}",
                $"--Directory:Files:Folder={Path.Combine(_temp.Path, "files")}",
                "--Directory:Files:FreeShare=0",
                "--Directory:Files:SweepEvery=00:00:00.100",
            ]
        );
        await program.PrintsAsync("Now listening on:");
        return program;
    }

    private async Task<PeerUnderTest> StartAsync(string name)
    {
        var peer = await PeerUnderTest.StartUnregisteredAsync($"http://127.0.0.1:{_port}", name, options =>
        {
            (options.Ephemeral, options.Data) = (false, Path.Combine(_temp.Path, name));
            options.Accept = AcceptMode.All;
            options.DepositAfter = TimeSpan.FromMilliseconds(100);
        });
        await Eventually.True(
            () => peer.Status.Directory == DirectoryState.Registered,
            PeerUnderTest.Soon,
            $"{name} is registered"
        );
        return peer;
    }
}
