namespace P2PChat.Bench.Processes;

/// <summary>A directory of a row's own, made when it is first asked for: rows are also made to be described.</summary>
internal sealed class TempFolder
{
    private DirectoryInfo? _directory;

    public string FullName => (_directory ??= Directory.CreateTempSubdirectory("p2pchat-bench-")).FullName;

    public void Delete() => _directory?.Delete(recursive: true);
}
