namespace P2PChat.Discovery.Storage.Files;

/// <summary>Measures the disk of a folder.</summary>
/// <exception cref="IOException">It cannot be measured.</exception>
internal delegate DiskSpace DiskSpaceProbe(string folder);

/// <param name="Free">Bytes that this process may still write.</param>
/// <param name="Total">Size of the disk in bytes.</param>
internal readonly record struct DiskSpace(long Free, long Total)
{
    public static DiskSpace Of(string folder)
    {
        // On Unix any path of the file system will do.
        var drive = new DriveInfo(folder);
        return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
    }
}
