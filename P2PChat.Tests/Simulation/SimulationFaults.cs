using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>The faults of a history: wrong clocks, crashes, restored copies, partitions and duplicate mail.</summary>
internal sealed class SimulationFaults(Simulation world)
{
    public void DuplicateMail()
    {
        var all = world.Peers.SelectMany(peer => world.Mailbox.Of(peer.Label)).ToList();
        if (all.Count == 0)
        {
            return;
        }

        var (_, from, to, frames, _) = all[world.Random.Next(all.Count)];
        world.Mailbox.Deposit(from, to, frames, world.DirectoryNow);
    }

    public void TogglePartition(SimulatedPeer peer)
    {
        var other = world.Peers[world.Random.Next(world.Peers.Count)];
        if (other == peer || world.Partitions.Remove(Simulation.Pair(peer, other)))
        {
            return;
        }

        _ = world.Partitions.Add(Simulation.Pair(peer, other));
        foreach (
            var link in world.Links.Where(link =>
                link.Path != LinkPath.Relayed
                && Simulation.Pair(link.Dialler.Owner, link.Answerer.Owner) == Simulation.Pair(peer, other)
            )
        )
        {
            link.Cut(world.Random);
        }
    }

    public void SetClock(SimulatedPeer peer)
    {
        var most = world.Random.Next(3) switch
        {
            0 => TimeSpan.FromSeconds(20),
            1 => TimeSpan.FromHours(5),
            _ => TimeSpan.FromDays(20),
        };
        peer.ClockOffset += most * (world.Random.NextDouble() * 2 - 1);
        world.Trace($"{peer}'s clock is off by {peer.ClockOffset}");
    }

    // The clock is years or weeks ahead for six seconds, while messages wait.
    public void JumpClock(SimulatedPeer peer)
    {
        var before = peer.ClockOffset;
        peer.ClockOffset += TimeSpan.FromDays(world.Random.Next(3) == 0 ? 3650 : world.Random.Next(15, 60));
        world.Advance(TimeSpan.FromSeconds(6));
        world.Tick(peer);
        peer.ClockOffset = before;
    }

    public void SetDirectoryClock()
    {
        world.DirectoryOffset += TimeSpan.FromDays(20) * (world.Random.NextDouble() * 2 - 1);
        world.Trace($"the directory's clock is off by {world.DirectoryOffset}");
        world.Advance(TimeSpan.Zero);
    }

    public void JumpDirectoryClock()
    {
        var before = world.DirectoryOffset;
        world.DirectoryOffset += TimeSpan.FromDays(world.Random.Next(15, 60));
        world.Advance(TimeSpan.FromSeconds(6));
        foreach (var peer in world.Peers.Where(peer => peer.IsUp))
        {
            world.Tick(peer);
        }

        world.DirectoryOffset = before;
    }

    public void Crash(SimulatedPeer peer)
    {
        world.Trace($"{peer} crashes");
        peer.Crash();
    }

    public void Restart()
    {
        var peer = world.Peers[world.Random.Next(world.Peers.Count)];
        if (peer.IsUp)
        {
            return;
        }

        world.Trace($"{peer} starts");
        world.Advance(TimeSpan.FromMilliseconds(1 + world.Random.Next(2000)));
        peer.Start();
    }

    public void Restore(SimulatedPeer peer, bool isNoticed)
    {
        if (peer.Backups.Count == 0)
        {
            return;
        }

        world.Advance(TimeSpan.FromSeconds(1 + world.Random.Next(100)));
        Restore(peer, peer.Backups[world.Random.Next(peer.Backups.Count)], isNoticed);
    }

    // From the same backup, with the clock at the same time as then.
    public void RestoreAgain(SimulatedPeer peer)
    {
        if (peer.LastRestore is not { } last)
        {
            return;
        }

        peer.ClockOffset = last.At - world.Now;
        Restore(peer, last.Backup, last.IsNoticed);
    }

    private void Restore(SimulatedPeer peer, StoreBackup backup, bool isNoticed)
    {
        // A reused epoch does harm only if checksums are ignored.
        isNoticed |= world.Fault == TestFault.EpochWithoutChance;
        world.Trace($"{peer} is restored from {(isNoticed ? "a backup" : "an older copy")}, at {peer.Now}");
        world.HasRestored = true;
        peer.LastRestore = (backup, peer.Now, isNoticed);
        peer.HasLostWrites |= !isNoticed;
        peer.Crash();
        peer.Store.Restore(backup, isNoticed);
        if (world.Timers.IsUsed)
        {
            peer.Ran = backup.Ran;
        }

        peer.Start();
    }
}
