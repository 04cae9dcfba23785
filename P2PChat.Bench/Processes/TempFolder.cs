namespace P2PChat.Bench.Processes;

/// <summary>A temporary directory for one row, created on first use: listing the rows creates none.</summary>
internal sealed class TempFolder
{
    private DirectoryInfo? _directory;

    public string FullName => (_directory ??= Directory.CreateTempSubdirectory("p2pchat-bench-")).FullName;

    public void Delete() => _directory?.Delete(recursive: true);
}
