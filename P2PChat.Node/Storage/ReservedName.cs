using P2PChat.Node.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// Gives files names without replacing others. .NET renames on Unix over a file that appears after its check, so an
/// empty file, which only one process can create, reserves the name.
/// </summary>
internal static class ReservedName
{
    public static bool IsTaken(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    /// <summary>Creates an empty file.</summary>
    /// <returns>False if the name is taken.</returns>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static bool TryReserve(string path)
    {
        if (IsTaken(path))
        {
            return false;
        }

        try
        {
            new FileStream(path, DataDirectory.Options(FileMode.CreateNew)).Dispose();
            return true;
        }
        catch (IOException) when (IsTaken(path))
        {
            return false;
        }
    }

    /// <summary>Gives a file the reserved name, durably. Without success, the name is free again.</summary>
    /// <exception cref="IOException">It cannot be renamed.</exception>
    public static void Use(string reserved, string file)
    {
        try
        {
            File.Move(file, reserved, overwrite: true);
        }
        catch
        {
            File.Delete(reserved);
            throw;
        }

        UnixFiles.SyncDirectory(Path.GetDirectoryName(reserved)!);
    }
}
