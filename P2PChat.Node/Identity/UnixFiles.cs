using System.Runtime.InteropServices;
using System.Text;

namespace P2PChat.Node.Identity;

/// <summary>File operations on Linux and macOS that .NET lacks: reading the owner, and syncing a directory.</summary>
internal static class UnixFiles
{
    private const int AtCurrentDirectory = -100;
    private const int SymlinkNoFollow = 0x100;
    private const uint BasicStats = 0x7ff;
    private const int InvalidArgument = 22;
    private const int TypeMask = 0xf000;
    private const int RegularType = 0x8000;

    // Both are larger than what the system writes: 256 bytes (statx(2)) and 144 (stat(2) of macOS).
    private const int StatBytes = 512;

    /// <summary>The effective user id of this process.</summary>
    public static uint Self => GetEffectiveUser();

    /// <summary>Finds what a path leads to: its device, number and type. Symbolic links are followed.</summary>
    /// <returns>Null if the file does not exist, or the system does not say.</returns>
    public static (ulong Device, ulong Number, bool IsRegular)? Identify(string path)
    {
        Span<byte> stat = stackalloc byte[StatBytes];
        var isLinux = OperatingSystem.IsLinux();
        return !TryStat(path, follow: true, stat)
            ? null
            : (
                isLinux ? MemoryMarshal.Read<ulong>(stat[136..]) : MemoryMarshal.Read<uint>(stat),
                MemoryMarshal.Read<ulong>(stat[(isLinux ? 32 : 8)..]),
                (MemoryMarshal.Read<ushort>(stat[(isLinux ? 28 : 4)..]) & TypeMask) == RegularType
            );
    }

    /// <summary>Finds a file's owner and mode.</summary>
    /// <param name="follow">Whether to follow a symbolic link.</param>
    /// <returns>Null if the file does not exist, or the system does not say.</returns>
    public static (uint Owner, UnixFileMode Mode)? Find(string path, bool follow)
    {
        Span<byte> stat = stackalloc byte[StatBytes];
        var isLinux = OperatingSystem.IsLinux();
        return TryStat(path, follow, stat)
            ? (
                MemoryMarshal.Read<uint>(stat[(isLinux ? 20 : 16)..]),
                ModeOf(MemoryMarshal.Read<ushort>(stat[(isLinux ? 28 : 4)..]))
            )
            : null;
    }

    /// <summary>Syncs a directory to disk (fsync(2)). Without it a crash may undo a rename.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var directory = Open(Encoding.UTF8.GetBytes(path + '\0'), flags: 0);
        // The directory may be writable but not readable.
        if (directory < 0)
        {
            return;
        }

        try
        {
            // Some file systems cannot sync directories.
            if (Sync(directory) != 0 && Marshal.GetLastPInvokeError() is var error and not InvalidArgument)
            {
                throw new IOException($"{path} cannot be synced to disk: {Marshal.GetPInvokeErrorMessage(error)}.");
            }
        }
        finally
        {
            _ = Close(directory);
        }
    }

    private static bool TryStat(string path, bool follow, Span<byte> stat)
    {
        var name = Encoding.UTF8.GetBytes(path + '\0');
        try
        {
            return OperatingSystem.IsLinux()
                ? StatLinux(AtCurrentDirectory, name, follow ? 0 : SymlinkNoFollow, BasicStats, ref stat[0]) == 0
                : OperatingSystem.IsMacOS() && StatMac(name, follow, ref stat[0]) == 0;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // The C library is older than the call.
            return false;
        }
    }

    private static UnixFileMode ModeOf(ushort mode) => (UnixFileMode)(mode & 0xfff);

    // On Intel the plain names use a struct with smaller fields.
    private static int StatMac(byte[] name, bool follow, ref byte stat)
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            return follow ? StatMacIntel(name, ref stat) : LinkStatMacIntel(name, ref stat);
        }

        return follow ? StatMacArm(name, ref stat) : LinkStatMacArm(name, ref stat);
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint GetEffectiveUser();

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatLinux(int directory, byte[] path, int flags, uint mask, ref byte stat);

    [DllImport("libc", EntryPoint = "stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatMacArm(byte[] path, ref byte stat);

    [DllImport("libc", EntryPoint = "lstat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LinkStatMacArm(byte[] path, ref byte stat);

    [DllImport("libc", EntryPoint = "stat$INODE64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatMacIntel(byte[] path, ref byte stat);

    [DllImport("libc", EntryPoint = "lstat$INODE64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LinkStatMacIntel(byte[] path, ref byte stat);

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
