using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>A directory and an echo bot, shared by the tests of a class.</summary>
public sealed class ConsolePeers : IAsyncLifetime
{
    private readonly DirectoryInfo _data = System.IO.Directory.CreateTempSubdirectory("p2pchat-console-");
    private TestDirectory? _directory;
    private TestPeer? _echo;

    internal TestDirectory Directory => _directory!;

    internal TestPeer Echo => _echo!;

    public async Task InitializeAsync()
    {
        _directory = await TestDirectory.StartAsync();
        _echo = await TestPeer.StartAsync("echo", Directory.Url, settings: [("Bot", "echo"), ("Accept", "all")]);
        await Echo.RegisteredAsync();
    }

    public async Task DisposeAsync()
    {
        await Echo.DisposeAsync();
        await Directory.DisposeAsync();
        _data.Delete(recursive: true);
    }

    /// <summary>Arguments of a peer with this directory, and with a data directory that the fixture deletes.</summary>
    internal string[] Arguments(string name, params string[] more) =>
        [name, "--discovery", Directory.Url, "--data", DataOf(name), .. more];

    internal string DataOf(string name) => Path.Combine(_data.FullName, name);
}
