using System.Net;
using System.Text.Json;
using P2PChat.Discovery.Configuration;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// Checks a <see cref="SealedCopySimulation"/>: each file comes once and whole, or there is a reason that the sender
/// sees. The quotas hold, and nothing is left at the directory.
/// </summary>
internal sealed class SealedCopyChecks(SealedCopySimulation world, int quota)
{
    private HttpStatusCode? _refusal;

    /// <summary>The first violation while the simulation runs.</summary>
    public string? Violation { get; private set; }

    /// <summary>Whether one quota holds for all files. Otherwise each of several capabilities has its own.</summary>
    public bool HasOneQuota { get; set; } = true;

    /// <summary>How many files have come by way of the directory.</summary>
    public int Fetched { get; private set; }

    /// <summary>The directory has answered an upload. The sender hears that if the answer is not lost.</summary>
    public async Task OnUploadedAsync(HttpRequestMessage request, HttpResponseMessage response)
    {
        _refusal = response.IsSuccessStatusCode ? null : response.StatusCode;
        // Also what was removed and is still in the folder.
        var stored = world.Directory.SizesOnDisk().Sum(FileCharge.Of);
        if (stored > (HasOneQuota ? quota : 2 * quota))
        {
            Violation ??= $"{stored} bytes are at the directory, which may have {quota}";
        }

        if (response.IsSuccessStatusCode)
        {
            var body = await response.Content.ReadAsByteArrayAsync();
            var place = request.RequestUri!.Segments[^1];
            world.Files.Single(file => file.Offer is not null && file.Place == place).Until = JsonSerializer
                .Deserialize(body, DirectoryJson.Default.DepositResponse)!
                .ExpiresAt;
        }
    }

    /// <summary>A request or an answer of a peer is lost.</summary>
    public void OnLost(SimulatedCopyPeer peer) => _refusal = peer == world.Sender ? null : _refusal;

    public void OnChanged(StoredTransfer transfer)
    {
        // Otherwise it has come over a link.
        if (transfer is { IsOurs: false, State: TransferState.Completed, IsEndTold: false })
        {
            world.Files.Single(file => file.Id == transfer.Id).Completions++;
            Fetched++;
        }
    }

    /// <summary>Files that the directory or the sender takes for expired need a link from now on.</summary>
    public void OnAdvanced()
    {
        var latest = world.Clock.GetUtcNow() + SealedCopySimulation.MaxOffset;
        foreach (var file in world.Files.Where(file => file.Until <= latest))
        {
            file.NeedsLink ??= "it has expired";
        }
    }

    /// <summary>A peer has ended some work. A sender that was refused must see why its file waits.</summary>
    public void OnWorked(SimulatedCopyPeer peer, CopyTask task)
    {
        if (peer != world.Sender || task.Work != CopyWork.Upload)
        {
            return;
        }

        var (file, refusal) = (world.Files.Single(one => one.Id == task.Copy.Id), _refusal);
        _refusal = null;
        if (
            refusal is { } status
            && !world.IsLinked
            && !task.Need.IsCancellationRequested
            && peer.Find(file, isOurs: true) is { HasEnded: false } shown
            && shown.Copy
                is not { State: CopyState.Waiting, Problem: not (CopyProblem.None or CopyProblem.Unreachable) }
        )
        {
            Violation ??= $"{file} was refused ({status}), and its sender sees {shown.Copy}";
        }
    }

    /// <summary>Each file that was accepted has come once and whole, or needs a link.</summary>
    public string? AfterDirectory()
    {
        var downloads = world.Receiver.Downloads.Select(File.ReadAllBytes).ToList();
        foreach (var file in world.Files)
        {
            var found = downloads.Count(download => download.AsSpan().SequenceEqual(file.Content));
            if (file.Completions > 1 || found > 1)
            {
                return $"{file} has come {file.Completions} times, and is there {found} times";
            }

            if (file.Completions != found)
            {
                return $"{file} has come {file.Completions} times, but is not there whole";
            }

            if (Missing(file) is { } problem)
            {
                return $"{file} {problem}";
            }
        }

        return downloads.Count > world.Files.Sum(file => file.Completions)
            ? "There are files that nobody has sent"
            : null;
    }

    /// <summary>Files come over a link, which is open.</summary>
    public void EndOverLink(IEnumerable<SimulatedCopyFile> files)
    {
        foreach (var file in files)
        {
            world.Receiver.End(file, isOurs: false, TransferState.Completed);
            world.Sender.End(file, isOurs: true, TransferState.Completed);
        }
    }

    /// <summary>Over a link all transfers end. Then nothing is at the directory, or remembered.</summary>
    public string? AfterLink()
    {
        world.SetLinked(true);
        EndOverLink(world.Files);
        world.Pump(TimeSpan.FromHours(2));
        if (world.Mail.WasRestored)
        {
            // The sender has forgotten what it uploaded after its backup. The directory deletes that by itself.
            world.Pump(SealedCopies.KeptAtMost);
        }

        return world.Directory.SizesOnDisk() is { Count: > 0 and var count }
                ? $"{count} files are left at the directory"
            : world.Directory.Charged() > 0 ? $"The directory counts {world.Directory.Charged()} bytes too many"
            : world.Sender.Saved() is [var ours, ..] ? $"The sender has not forgotten {ours}"
            : world.Receiver.Saved() is [var theirs, ..] ? $"The receiver has not forgotten {theirs}"
            : null;
    }

    private string? Missing(SimulatedCopyFile file)
    {
        if (
            !file.IsSent
            || world.Sender.Find(file, isOurs: true) is not { HasEnded: false } ours
            || world.Receiver.Find(file, isOurs: false) is not { State: TransferState.Active } theirs
        )
        {
            return null;
        }

        return file.NeedsLink is null ? $"has not come: {ours.Copy}, {theirs.Copy}"
            : ours.Copy is null ? $"has not come because {file.NeedsLink}, and its sender does not see that"
            : null;
    }
}
