using System.Globalization;
using System.Security.Cryptography;
using P2PChat.Client;
using P2PChat.Protocol.Files;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Files between two processes, which are killed, and whose memory is measured.</summary>
public sealed class FileProcessTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private const int Mebibyte = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Kill_in_the_middle_loses_at_most_one_leaf()
    {
        await using var alice = await StartAsync("alice");
        await using var bob = await StartAsync("bob");
        await ConnectAsync(alice, bob);
        var hash = await WriteAsync(96);
        var id = (await alice.Api.OfferFileAsync("bob", Source)).Id;
        await AcceptAsync(bob, id);

        await Eventually.True(
            () => Task.FromResult(PartLength > 4 * Mebibyte),
            Patience,
            "a part has arrived",
            TimeSpan.FromMilliseconds(1)
        );
        await bob.KillAsync();
        var (kept, length) = (PartLength / FileOffer.LeafSize * FileOffer.LeafSize, PartLength);
        Assert.InRange(length, 4L * Mebibyte, 96L * Mebibyte - 1);
        Assert.InRange(length - kept, 0, FileOffer.LeafSize);

        // Nothing arrives until the first event can be observed.
        await alice.KillAsync();
        await bob.StartAsync();
        var events = (await bob.Api.ListenAsync()).GetAsyncEnumerator();
        await alice.StartAsync();
        Assert.Equal(kept, (await NextAsync(events, file => file.Done > 0)).Done);
        await alice.KillAndRestartAsync();

        var completed = await CompletedAsync(bob, id);
        Assert.Equal(hash, await HashAsync(completed.Path!));
        await Eventually.True(
            async () => (await alice.Api.ListFilesAsync()).Files.Single().State == FileState.Completed,
            Patience,
            "the sender is told"
        );
        await events.DisposeAsync();
    }

    [Fact]
    public async Task Killed_receiver_completes_the_files_of_four_senders()
    {
        string[] names = ["sam-1", "sam-2", "sam-3", "sam-4"];
        var started = Task.WhenAll(names.Append("rose").Select(StartAsync));
        var hash = await WriteAsync(64);
        var peers = await started;
        try
        {
            var (receiver, senders) = (peers[^1], peers[..^1]);
            var ids = await Task.WhenAll(
                senders.Select(async sender =>
                {
                    await ConnectAsync(sender, receiver);
                    return (await sender.Api.OfferFileAsync("rose", Source)).Id;
                })
            );
            await Task.WhenAll(ids.Select(id => AcceptAsync(receiver, id)));
            await Eventually.True(
                () => Task.FromResult(Parts().Values.Count(length => length > Mebibyte) > 1),
                Patience,
                "parts of several files have arrived",
                TimeSpan.FromMilliseconds(1)
            );

            // Otherwise all could be whole before the process ends.
            Signal(senders, "STOP");
            await receiver.KillAsync();

            // Whole leaves are kept.
            var kept = Parts()
                .ToDictionary(part => part.Key, part => part.Value / FileOffer.LeafSize * FileOffer.LeafSize);
            Assert.Contains(kept.Values, length => length is > 0 and < 64 * Mebibyte);
            // The senders are still stopped, so nothing arrives before the first event can be observed.
            await receiver.StartAsync();
            await using (var events = (await receiver.Api.ListenAsync()).GetAsyncEnumerator())
            {
                Signal(senders, "CONT");
                var first = new Dictionary<Guid, long>();
                while (kept.Any(part => part.Value > 0 && !first.ContainsKey(part.Key)))
                {
                    var file = await NextAsync(events, file => file.Done > 0);
                    _ = first.TryAdd(file.Id, file.Done);
                }

                Assert.All(kept.Where(part => part.Value > 0), part => Assert.Equal(part.Value, first[part.Key]));
            }

            foreach (var id in ids)
            {
                Assert.Equal(hash, await HashAsync((await CompletedAsync(receiver, id)).Path!));
            }
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Memory_stays_flat_during_a_large_file()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var size = int.Parse(
            Environment.GetEnvironmentVariable("P2PCHAT_FILE_MIB") ?? "64",
            CultureInfo.InvariantCulture
        );
        await using var alice = await StartAsync("anna");
        await using var bob = await StartAsync("bill");
        await ConnectAsync(alice, bob);
        // What both need for any file.
        _ = await WriteAsync(8);
        await TransferAsync(alice, bob);
        var hash = await WriteAsync(size);
        var before = new[] { alice, bob }.Select(peer => MeasureFrom(peer.Program.Id)).ToList();

        var completed = await TransferAsync(alice, bob);

        Assert.Equal(hash, await HashAsync(completed.Path!));
        var grown = new[] { alice, bob }.Select((peer, i) => Read(peer.Program.Id, "VmHWM") - before[i]).ToList();
        Assert.All(grown, bytes => Assert.InRange(bytes, long.MinValue, 48L * Mebibyte));
    }

    private string Source => Path.Combine(_temp.Path, "source");

    private long PartLength =>
        Directory.GetFiles(_temp.Path, "*.part", SearchOption.AllDirectories) is [var part]
            ? new FileInfo(part).Length
            : 0;

    // By the ids of their transfers, at the end of their names.
    private Dictionary<Guid, long> Parts() =>
        Directory
            .GetFiles(_temp.Path, "*.part", SearchOption.AllDirectories)
            .Select(path => (Name: Path.GetFileNameWithoutExtension(path), File: new FileInfo(path)))
            .Where(part => part.File.Exists)
            .ToDictionary(part => Guid.ParseExact(part.Name[^32..], "N"), part => part.File.Length);

    private static void Signal(IEnumerable<KillablePeer> peers, string signal)
    {
        foreach (var peer in peers)
        {
            peer.Program.Signal(signal);
        }
    }

    private async Task<KillablePeer> StartAsync(string name)
    {
        var peer = new KillablePeer(directory, name, Path.Combine(_temp.Path, name));
        await peer.StartAsync();
        return peer;
    }

    private static Task ConnectAsync(KillablePeer one, KillablePeer other) =>
        Eventually.True(
            async () => await one.ConnectAsync((await other.Api.GetStatusAsync()).Username),
            Patience,
            "the two are connected"
        );

    private async Task<FileItem> TransferAsync(KillablePeer from, KillablePeer to)
    {
        var id = (await from.Api.OfferFileAsync((await to.Api.GetStatusAsync()).Username, Source)).Id;
        await AcceptAsync(to, id);
        return await CompletedAsync(to, id);
    }

    private static async Task AcceptAsync(KillablePeer peer, Guid id)
    {
        FileItem? offered = null;
        await Eventually.True(
            async () => (offered = await FindAsync(peer, id)) is not null,
            Patience,
            "the offer has arrived"
        );
        _ = await peer.Api.AcceptFileAsync(offered!.Username, id);
    }

    private static async Task<FileItem> CompletedAsync(KillablePeer peer, Guid id)
    {
        FileItem? file = null;
        await Eventually.True(
            async () => (file = await FindAsync(peer, id))?.State == FileState.Completed,
            5 * Patience,
            $"the file is complete, and not {file}"
        );
        return file!;
    }

    private static async Task<FileItem?> FindAsync(KillablePeer peer, Guid id) =>
        (await peer.Api.ListFilesAsync()).Files.FirstOrDefault(file => file.Id == id);

    private static async Task<FileItem> NextAsync(IAsyncEnumerator<ApiEvent> events, Func<FileItem, bool> isWanted)
    {
        while (await events.MoveNextAsync().AsTask().WaitAsync(Patience))
        {
            if (events.Current is ApiEvent.FileChanged { File: var file } && isWanted(file))
            {
                return file;
            }
        }

        throw new InvalidOperationException("The events have ended.");
    }

    private async Task<byte[]> WriteAsync(int mebibytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // The sender may still have the last one open.
        File.Delete(Source);
        await using var file = File.Create(Source);
        var (block, random) = (new byte[Mebibyte], new Random(mebibytes));
        for (var i = 0; i < mebibytes; i++)
        {
            random.NextBytes(block);
            hash.AppendData(block);
            await file.WriteAsync(block);
        }

        return hash.GetHashAndReset();
    }

    private static async Task<byte[]> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return await SHA256.HashDataAsync(file);
    }

    // The present use of memory, from which the peak is counted again.
    private static long MeasureFrom(int process)
    {
        File.WriteAllText($"/proc/{process}/clear_refs", "5");
        return Read(process, "VmRSS");
    }

    private static long Read(int process, string field) =>
        File.ReadLines($"/proc/{process}/status")
            .Where(line => line.StartsWith($"{field}:", StringComparison.Ordinal))
            .Select(line =>
                1024
                * long.Parse(
                    line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
                    CultureInfo.InvariantCulture
                )
            )
            .Single();
}
