namespace P2PChat.Tests.Node;

/// <summary>A directory of a test's own, gone with the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("p2pchat-peer-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
