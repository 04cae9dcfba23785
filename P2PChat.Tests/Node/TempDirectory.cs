namespace P2PChat.Tests.Node;

/// <summary>A directory that is deleted with the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("p2pchat-peer-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
