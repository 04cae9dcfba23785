using System.Runtime.InteropServices;
using System.Text;

namespace P2PChat.Discovery.Storage.Files;

/// <summary>Syncs a directory to disk (fsync(2)). Without it a crash may undo a rename.</summary>
internal static class UnixDirectory
{
    // EINVAL, and ENOTSUP of Linux and macOS: such a file system cannot sync directories.
    private static readonly int[] Unsupported = [22, 95, 45];

    /// <exception cref="IOException">The disk fails.</exception>
    public static void Sync(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var directory = Open(Encoding.UTF8.GetBytes(path + '\0'), flags: 0);
        if (directory < 0)
        {
            throw new IOException(
                $"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}."
            );
        }

        try
        {
            if (Sync(directory) != 0 && Marshal.GetLastPInvokeError() is var error && !Unsupported.Contains(error))
            {
                throw new IOException($"{path} cannot be synced to disk: {Marshal.GetPInvokeErrorMessage(error)}.");
            }
        }
        finally
        {
            _ = Close(directory);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int file);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int file);
}
