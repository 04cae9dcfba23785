using P2PChat.Node.Sessions;

namespace P2PChat.Tests.Simulation;

/// <summary>The random steps and faults of a <see cref="SealedCopySimulation"/>.</summary>
internal sealed class SealedCopySteps(SealedCopySimulation world, Random random)
{
    private const int MaxFiles = 8;

    private static readonly CopyLane[] Lanes = Enum.GetValues<CopyLane>();

    /// <summary>Does something, or fails somehow.</summary>
    public void Next()
    {
        switch (random.Next(45))
        {
            case < 20:
                Work(random.Next(2) == 0 ? world.Sender : world.Receiver, random.Next(1, 6));
                break;
            case < 23:
                world.Advance(TimeSpan.FromSeconds(random.Next(20)));
                break;
            case 23:
                world.Advance(TimeSpan.FromMinutes(random.Next(90)));
                break;
            case 24:
                world.Advance(TimeSpan.FromHours(random.Next(random.Next(4) == 0 ? 400 : 30)));
                break;
            case < 28:
                Offer();
                break;
            case < 31:
                _ = world.Receiver.IsUp && world.Mail.Deliver(crashes: random.Next(5) == 0);
                break;
            case < 36 when world.Files.Count > 0:
                Decide(world.Files[random.Next(world.Files.Count)], random.Next(16));
                break;
            case 36:
                CrashOrStart(world.Sender);
                break;
            case 37:
                CrashOrStart(world.Receiver);
                break;
            case 38:
                world.SetLinked(!world.IsLinked && random.Next(2) == 0);
                break;
            case 39:
                world.Directory.SetOff(random.Next(4) == 0);
                (world.Directory.IsFull, world.IsAway) = (random.Next(4) == 0, random.Next(6) == 0);
                break;
            case 40 when random.Next(3) == 0:
                world.LoseClaim();
                break;
            case 41:
                Damage();
                break;
            case 42:
                (random.Next(2) == 0 ? world.Sender : world.Receiver).Clock.Offset =
                    random.NextDouble() * 2 * SealedCopySimulation.MaxOffset - SealedCopySimulation.MaxOffset;
                break;
            case 43 when world.Sender.IsUp:
                world.Mail.Acknowledge();
                break;
            case 44 when !world.Sender.IsUp:
                world.Mail.RestoreOrBackUp(world.Files, restores: random.Next(2) == 0);
                break;
        }
    }

    private void Work(SimulatedCopyPeer peer, int steps)
    {
        var lanes = Lanes.ToArray();
        for (var step = 0; step < steps && peer.IsUp; step++)
        {
            random.Shuffle(lanes);
            _ = lanes.Any(peer.Step);
        }
    }

    private void Offer()
    {
        if (!world.Sender.IsUp || world.Files.Count >= MaxFiles)
        {
            return;
        }

        // All files fit into the large quota.
        var largest =
            world.Quota == SealedCopySimulation.LargeQuota ? SealedCopySimulation.LargeQuota / MaxFiles : world.Quota;
        var content = new byte[random.Next(16, random.Next(4) == 0 ? largest : 2_000)];
        random.NextBytes(content);
        var file = new SimulatedCopyFile(world.Files.Count, world.Mail.NextSequence(), content);
        world.Files.Add(file);
        world.Sender.Messages.Offer(file, crashesAfter: random.Next(10));
        world.Mail.Add(file);
    }

    // The users accept, decline, pause, continue, cancel and delete.
    private void Decide(SimulatedCopyFile file, int number)
    {
        var peer = number < 4 ? world.Sender : world.Receiver;
        if (!peer.IsUp || !(peer == world.Sender ? file.IsSent : file.HasArrived && !file.IsDeletedHere))
        {
            return;
        }

        switch (number)
        {
            case 0:
                world.Sender.Cancel(file, isOurs: true);
                break;
            case 1:
                world.Sender.Pause(file, isOurs: true);
                break;
            case 2:
                world.Sender.Accept(file, isOurs: true);
                break;
            case 3 when random.Next(2) == 0:
                world.Mail.Delete(file);
                break;
            case 3:
                world.Sender.DeleteHere(file, isOurs: true);
                break;
            case 4:
                world.Receiver.Cancel(file, isOurs: false);
                break;
            case 5:
                world.Receiver.Pause(file, isOurs: false);
                break;
            case 6 when random.Next(2) == 0:
                world.Receiver.DeleteHere(file, isOurs: false);
                file.IsDeletedHere = true;
                break;
            default:
                world.Receiver.Accept(file, isOurs: false);
                break;
        }
    }

    private void CrashOrStart(SimulatedCopyPeer peer)
    {
        if (!peer.IsUp)
        {
            peer.Start();
        }
        else if (random.Next(2) == 0)
        {
            peer.Crash();
        }
    }

    private void Damage()
    {
        if (
            world.Files.Count > 0
            && world.Files[random.Next(world.Files.Count)] is { Offer: not null } file
            && world.Directory.TryDamage(file.Place, random.Next(1 << 20))
        )
        {
            file.NeedsLink = "the directory has changed it";
        }
    }
}
