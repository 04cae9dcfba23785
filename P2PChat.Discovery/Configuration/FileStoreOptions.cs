using P2PChat.Protocol.Crypto;

namespace P2PChat.Discovery.Configuration;

/// <summary>The configuration section <c>Directory:Files</c>: files for peers that are away.</summary>
public sealed class FileStoreOptions
{
    /// <summary>
    /// Folder of the files, which all replicas must share. If empty, the directory stores no files, and they wait at
    /// their senders.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>Maximum size of a file, in bytes. The default holds 8 MiB and their encryption.</summary>
    public long FileBytes { get; set; } = SealedFile.MaxSize;

    /// <summary>
    /// Maximum size of the files deposited with one capability that wait for a peer, in bytes. Each counts its size
    /// before it was sealed, but at least 4 KiB.
    /// </summary>
    public long CapabilityBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Maximum number of these files.</summary>
    public int CapabilityFiles { get; set; } = 64;

    /// <summary>Maximum size of all files that wait for a peer, in bytes, counted in the same way.</summary>
    public long MailboxBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Maximum number of files that wait for a peer, and thus the length of a list.</summary>
    public int MailboxFiles { get; set; } = 256;

    /// <summary>How long a file waits before it expires.</summary>
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(14);

    /// <summary>Maximum duration of an upload or download.</summary>
    public TimeSpan TransferTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Maximum number of concurrent uploads on this replica, and of concurrent downloads, about 64 KiB of memory each.
    /// </summary>
    public int Transfers { get; set; } = 128;

    /// <summary>The same, per address.</summary>
    public int TransfersPerAddress { get; set; } = 16;

    /// <summary>The same: uploads per capability, and downloads per name.</summary>
    public int TransfersPerMailbox { get; set; } = 4;

    /// <summary>
    /// The share of the folder's disk that stays free. The directory's own data may be on the same disk.
    /// </summary>
    public double FreeShare { get; set; } = 0.1;

    /// <summary>How often files that have expired or lost their claim are deleted.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often files left behind by a crash are deleted.</summary>
    public TimeSpan OrphanSweepEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Their minimum age, because an upload may still be writing them.</summary>
    public TimeSpan OrphanAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often the folder is checked: whether it is writable, the right one, and still shared.</summary>
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary><c>Retry-After</c> when a quota is used up, or the disk is full.</summary>
    public TimeSpan FullRetryAfter { get; set; } = TimeSpan.FromMinutes(5);
}
