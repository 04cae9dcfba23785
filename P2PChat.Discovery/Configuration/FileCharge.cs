using P2PChat.Protocol.Crypto;

namespace P2PChat.Discovery.Configuration;

/// <summary>How much of a quota a file uses.</summary>
internal static class FileCharge
{
    private const long Smallest = 4 * 1024;

    /// <summary>A claimant's files may use one part in this many of what is left.</summary>
    public const int PartsOfRest = 16;

    /// <summary>
    /// The size before the file was sealed, so that encryption costs no quota; but at least 4 KiB, the least that a
    /// file occupies on the disk.
    /// </summary>
    public static long Of(long size) => Math.Max(Smallest, SealedFile.PlainSizeOf(size));

    /// <summary>
    /// Whether the limit of all files has room for one more. All names that one address has claimed may use at most
    /// 1/16 of the remaining total, so that they leave room for others.
    /// </summary>
    /// <param name="total">Charge of all files.</param>
    /// <param name="claimant">Charge of the files for the names of the recipient's claimant.</param>
    /// <param name="charge">Charge of the new file.</param>
    /// <param name="limit">The limit of all files.</param>
    public static bool HasRoom(long total, long claimant, long charge, long limit) =>
        (claimant + charge) * PartsOfRest <= limit - total;
}
