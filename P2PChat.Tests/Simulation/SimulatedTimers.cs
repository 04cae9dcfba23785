using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// Messages that disappear from the real stores of the simulated peers: the sweeps, and whether each message is there
/// for exactly as long as it should be.
/// </summary>
/// <param name="folder">For the stores; null for a simulation without real ones.</param>
internal sealed class SimulatedTimers(Simulation world, string? folder, Random random)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(TimerRules.Longest);

    private readonly Dictionary<Guid, string> _words = [];
    private int _disks;

    /// <summary>Whether the peers have real stores, from which messages disappear.</summary>
    public bool IsUsed => folder is not null;

    /// <summary>How many copies of messages have disappeared.</summary>
    public int Disappeared { get; private set; }

    public SimulatedDisk? NewDisk(SimulatedPeer owner) =>
        folder is null ? null : new SimulatedDisk(Path.Combine(folder, $"{++_disks}"), owner.Name);

    /// <summary>The text of a message, with a word that no other one has.</summary>
    public string TextOf(string text, Guid id)
    {
        if (!IsUsed)
        {
            return text;
        }

        // Letters only, so that a search finds it. The first ones differ, because the index shortens equal beginnings.
        var word = string.Concat(id.ToByteArray().Take(12).Select(value => (char)('a' + value % 26)));
        _words.Add(id, word);
        return $"{text} {word}";
    }

    /// <summary>Erases what is due, and checks what is gone and what is not.</summary>
    public void Sweep(SimulatedPeer peer) => Sweep(peer, new SweepReading(world.Now, peer.Reading, Age: TimeSpan.Zero));

    /// <summary>The machine sleeps. It wakes with a directory's time, and maybe a clock, from before.</summary>
    public void Suspend(SimulatedPeer peer)
    {
        var (ran, before) = (peer.Ran, peer.Reading);
        var slept = TimeSpan.FromSeconds(random.Next(2 * 86_400));
        world.Advance(slept);
        peer.Ran = ran;
        var clock = peer.ClockOffset;
        if (random.Next(2) == 0)
        {
            peer.ClockOffset -= slept;
        }

        if (random.Next(2) == 0)
        {
            ReadAll(peer);
        }

        var reading = new SweepReading(world.Now, peer.Reading with { Directory = before.Directory }, FromMinutes(1));
        Sweep(peer, reading);
        peer.ClockOffset = clock;
    }

    public void DeleteHere(SimulatedSession session)
    {
        if (
            session.Owner.Store is not { Disk: { } disk, Contacts: var contacts }
            || contacts.GetValueOrDefault(session.Remote.Label) is not { } contact
        )
        {
            return;
        }

        var shown = disk.Shown(session.Remote.Name).Keys.OrderBy(key => key).ToList();
        if (shown.Count == 0)
        {
            return;
        }

        var isAll = random.Next(10) == 0;
        var deleted = isAll ? shown : [shown[random.Next(shown.Count)]];
        world.Trace($"{session.Owner} deletes {deleted.Count} messages of {session.Remote}");
        disk.DeleteHere(session.Remote.Name, isAll ? null : deleted[0].Id);
        contact.DeleteHere(deleted);
    }

    /// <summary>The user searches, so that all words are in the index.</summary>
    public void Search(SimulatedPeer peer)
    {
        if (peer.Store.Disk is { } disk)
        {
            CheckSearch(peer, disk);
        }
    }

    /// <summary>Lets all time pass, after which nothing of these messages may be left.</summary>
    public void Finish()
    {
        foreach (var peer in world.Peers.Where(peer => peer.IsUp))
        {
            ReadAll(peer);
            CheckTimers(peer);
            Sweep(peer);
        }

        world.Advance(Longest + FromMinutes(1));
        foreach (var peer in world.Peers.Where(peer => peer.IsUp))
        {
            Sweep(peer);
            CheckShown(peer);
            foreach (var (name, contact) in peer.Store.Contacts)
            {
                foreach (var copy in contact.Fading.All.Where(copy => !copy.IsGone))
                {
                    world.Checker.Violated($"{peer} still has {copy} with {name} at the end");
                }
            }

            CheckSearch(peer, peer.Store.Disk!);
            CheckFiles(peer, peer.Store.Disk!);
        }
    }

    private static void ReadAll(SimulatedPeer peer)
    {
        foreach (var session in peer.Sessions)
        {
            var theirs = session.Machine.Snapshot.Conversation;
            if (theirs.TheirNext > 0)
            {
                _ = session.Machine.Conversation.MarkRead(theirs.TheirEpoch, theirs.TheirNext);
            }

            session.Apply();
        }

        peer.Store.Commit(peer.Store.Pending);
    }

    private void Sweep(SimulatedPeer peer, SweepReading now)
    {
        if (peer.Store.Disk is not { } disk)
        {
            return;
        }

        if (world.IsTraced)
        {
            world.Trace($"{peer} sweeps at {now}");
        }

        foreach (var contact in peer.Store.Contacts.Values)
        {
            contact.Fading.Begin(now, contact.HasEnded);
        }

        disk.Sweep(
            new SweepTime(
                world.Fault == TestFault.OneClockTrusted
                    ? now.Clocks with
                    {
                        Ran = now.Clocks.Own - DateTimeOffset.UnixEpoch,
                    }
                    : now.Clocks,
                now.Age
            )
        );
        var left = disk.Fading();
        foreach (var (name, contact) in peer.Store.Contacts)
        {
            foreach (var copy in contact.Fading.All)
            {
                Check(peer, contact, copy, now, left.Contains((world.PeerOf(name).Id, copy.Id, copy.IsOwn)));
            }
        }

        if (random.Next(4) == 0)
        {
            CheckShown(peer);
        }
    }

    private void Check(SimulatedPeer peer, StoredContact contact, FadingCopy copy, SweepReading now, bool isLeft)
    {
        if (copy.IsGone || isLeft)
        {
            if (copy.IsGone && isLeft)
            {
                world.Checker.Violated($"{peer} has {copy} again");
            }
            else if (!copy.IsGone && FadingCopies.IsLate(copy, now) && !contact.HasWaitingEdit(copy))
            {
                world.Checker.Violated($"{peer} still has {copy}, whose time began at {copy.Begun}, at {now}");
            }

            return;
        }

        copy.IsGone = true;
        Disappeared++;
        if (FadingCopies.IsEarly(copy, now))
        {
            world.Checker.Violated($"{peer} has lost {copy}, whose time began at {copy.Begun}, at {now}");
        }

        if (world.Fault == TestFault.VersionKept)
        {
            peer.Store.Disk!.KeepVersion(copy.Id, WordOf(copy.Id));
        }
    }

    // What is left is shown, and nothing else.
    private void CheckShown(SimulatedPeer peer)
    {
        foreach (var (name, contact) in peer.Store.Contacts)
        {
            var shown = peer.Store.Disk!.Shown(world.PeerOf(name).Name);
            if (shown.Count == 0 && contact.Snapshot.AcceptedAs is null)
            {
                continue;
            }

            foreach (var row in contact.History.Rows)
            {
                var isDeleted = contact.IsDeletedHere(row.Id, row.IsOwn);
                var isGone = contact.Fading.Find(row.Id, row.IsOwn) is { IsGone: true };
                var message = shown.GetValueOrDefault((row.Id, row.IsOwn));
                if (isDeleted || (isGone && !(row.IsOwn && contact.HasFailed(row.Id))))
                {
                    if (message is not null)
                    {
                        world.Checker.Violated($"{peer} shows {message}, which is gone");
                    }
                }
                else if (message is null ? !isGone : isGone && message.Text.Length > 0)
                {
                    world.Checker.Violated($"{peer} shows {message?.ToString() ?? "nothing"} in place of '{row.Text}'");
                }
                else if (message is not null && !isGone && !world.HasRestored && message.Text != row.Text)
                {
                    world.Checker.Violated($"{peer} shows '{message.Text}' in place of '{row.Text}'");
                }
            }
        }
    }

    private void CheckSearch(SimulatedPeer peer, SimulatedDisk disk)
    {
        foreach (var contact in peer.Store.Contacts.Values)
        {
            foreach (var copy in contact.Fading.All.TakeLast(8))
            {
                if (copy.IsGone && disk.Search(WordOf(copy.Id)) is [var found, ..])
                {
                    world.Checker.Violated($"{peer} finds {found} by the text of {copy}, which is gone");
                }
            }
        }
    }

    private void CheckFiles(SimulatedPeer peer, SimulatedDisk disk)
    {
        // The last letters of each word, because the index leaves out the first if they are those of the word before.
        var words = peer
            .Store.Contacts.Values.SelectMany(contact =>
                contact
                    .Messages.Where(message => message.Content is not MessageContent.Delete)
                    .Where(contact.Fading.HasErased)
                    .Select(message => message.Id)
            )
            .Where(_words.ContainsKey)
            .ToDictionary(id => WordOf(id)[4..]);
        foreach (var word in disk.InFiles(words.Keys))
        {
            world.Checker.Violated($"The files of {peer} still contain the text of {words[word]}");
        }
    }

    private void CheckTimers(SimulatedPeer peer)
    {
        if (world.HasRestored || world.Checker.HasRefusals || peer.IsOld)
        {
            return;
        }

        foreach (var session in peer.Sessions.Where(session => session.Machine.IsConnected && !session.Remote.IsOld))
        {
            var (own, theirs) = (
                peer.Store.Disk!.TimerWith(session.Remote.Id),
                session.Remote.Store.Disk!.TimerWith(peer.Id)
            );
            if (own.Current?.Id != theirs.Current?.Id)
            {
                world.Checker.Violated($"{peer} has {own}, but {session.Remote} has {theirs}");
            }
        }
    }

    private string WordOf(Guid id) => _words.GetValueOrDefault(id, "");

    private static TimeSpan FromMinutes(int minutes) => TimeSpan.FromMinutes(minutes);
}
