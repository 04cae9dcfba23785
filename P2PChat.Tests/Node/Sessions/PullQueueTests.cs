using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Node.Services;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Sessions;

public sealed class PullQueueTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    // The number of files that run at once.
    private const int Limit = 16;

    private readonly FilePeers _peers = new(directory);

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task Files_that_their_sender_has_paused_do_not_delay_others()
    {
        await using var alice = await _peers.StartAsync("pullqa");
        await using var bob = await _peers.StartAsync("pullqb");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 300_000);
        var ids = new List<Guid>();
        while (ids.Count <= Limit)
        {
            ids.Add(await _peers.OfferAsync(alice, bob, "a"));
        }

        // Nothing is sent until all are paused.
        using var release = new ManualResetEventSlim();
        SessionOf(alice, bob).Files.Post(() => release.Wait(PeerUnderTest.Soon));
        foreach (var id in ids[..Limit])
        {
            _ = Files(bob).Accept(alice.Name, id);
            _ = await ExpectAsync(alice, id, TransferState.Active);
            _ = Files(alice).Pause(bob.Name, id);
            _ = await bob.Expect<PeerEvent.TransferChanged>(changed =>
                changed.Transfer.Id == id && changed.Transfer.IsPausedByThem
            );
        }

        _ = Files(bob).Accept(alice.Name, ids[Limit]);
        release.Set();

        _ = await ExpectAsync(bob, ids[Limit], TransferState.Completed);
        foreach (var id in ids[..Limit])
        {
            _ = Files(alice).Accept(bob.Name, id);
        }

        foreach (var id in ids[..Limit])
        {
            _ = await ExpectAsync(bob, id, TransferState.Completed);
        }
    }

    [Fact]
    public async Task File_whose_pause_is_over_waits_while_enough_others_run()
    {
        await using var alice = await _peers.StartAsync("pullqc");
        await using var bob = await _peers.StartAsync("pullqd");
        await alice.ConnectAsync(bob);
        var (puller, begun) = (new FilePuller(), 0);
        puller.Connected(DateTimeOffset.UnixEpoch);
        var disk = new TransferDisk(
            bob.Services.GetRequiredService<DownloadFolder>(),
            bob.Services.GetRequiredService<DiskReserve>(),
            _ => null
        );
        var queue = new PullQueue(SessionOf(bob, alice), puller, disk, post => post(), _ => begun++);
        var files = Enumerable.Range(0, Limit + 2).Select(_ => Transfer(alice)).ToList();
        files.ForEach(queue.Begin);
        var paused = files[0];
        puller.Add(paused.Stored.Id, paused.Stored.Offer, new MerkleBuilder(), DateTimeOffset.UnixEpoch);
        puller.Receive(FileFrames.Stop(paused.Stored.Id, FileStopReason.Paused).FileStop, DateTimeOffset.UnixEpoch);
        Assert.Equal(Limit, begun);

        queue.Suspend(paused);

        Assert.Equal(Limit + 1, begun);
        _ = puller.Receive(
            FileFrames.Decide(paused.Stored.Id, FileDecisionKind.Ready).FileDecision,
            DateTimeOffset.UnixEpoch
        );
        _ = puller.TakeEffects();
        queue.Continue(paused);
        queue.Release(files[1]);
        Assert.Equal(Limit + 2, begun);
        Assert.Empty(puller.TakeEffects());

        queue.Release(files[2]);

        Assert.Contains(puller.TakeEffects(), effect =>
            effect is FileEffect.Transmit { Frame.FileAsk: { } ask } && IsOf(ask, paused)
        );
    }

    private static bool IsOf(FileAsk ask, LiveTransfer transfer) => FileFrames.IdOf(ask.Id) == transfer.Stored.Id;

    private static LiveTransfer Transfer(PeerUnderTest from) =>
        new(
            new StoredTransfer(
                from.Id,
                from.Name,
                IsOurs: false,
                Guid.NewGuid(),
                new FileOffer("a", 10, new byte[32], FileOffer.UnknownType),
                TransferState.Active,
                TransferProblem.None,
                Path: null
            ),
            written: 0,
            TimeProvider.System
        );
}
