using System.Net.Http.Headers;
using P2PChat.Client;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Network;

/// <summary>A peer process on a machine of the lab.</summary>
internal sealed class LabPeer : IAsyncDisposable
{
    private static readonly TimeSpan RegistersWithin = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _home;
    private readonly ProductProcess _process;
    private readonly HttpClient _http;

    private LabPeer(string name, LabMachine machine, TempDirectory home, ProductProcess process, HttpClient http)
    {
        (Name, Machine, _home, _process, _http) = (name, machine, home, process, http);
        Api = new RemotePeer(http);
    }

    public string Name { get; }

    public LabMachine Machine { get; }

    public RemotePeer Api { get; }

    public string Output => _process.Output;

    /// <summary>Starts a peer that accepts everyone, and waits until it is registered.</summary>
    /// <param name="settings">Configuration under <c>Peer:</c>.</param>
    /// <param name="environment">Other environment variables.</param>
    public static async Task<LabPeer> StartAsync(
        string name,
        LabMachine machine,
        Uri directory,
        IReadOnlyDictionary<string, string>? settings = null,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var home = new TempDirectory();
        var all = new Dictionary<string, string>(environment ?? new Dictionary<string, string>())
        {
            ["Peer__Discovery"] = directory.ToString(),
            ["Peer__Data"] = home.Path,
            ["Peer__NoConsole"] = "true",
            ["Peer__Accept"] = "All",
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
        {
            all[$"Peer__{key}"] = value;
        }

        var http = InNamespace.Http(machine.Namespace);
        try
        {
            var process = await ProductProcess.StartCommandAsync(
                LabPrograms.Command(machine, LabPrograms.Peer, name),
                _ => Task.FromResult(File.Exists(Path.Combine(home.Path, ApiFileNames.Address))),
                all
            );
            http.BaseAddress = new Uri(ApiFileNames.Read(home.Path, ApiFileNames.Address)!);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                ApiFileNames.Read(home.Path, ApiFileNames.Token)
            );
            var peer = new LabPeer(name, machine, home, process, http);
            await peer.IsRegisteredAsync();
            return peer;
        }
        catch
        {
            http.Dispose();
            home.Dispose();
            throw;
        }
    }

    /// <summary>Returns the texts of a conversation that came from the other peer, oldest first.</summary>
    public async Task<IReadOnlyList<string>> TextsFromAsync(string other)
    {
        var page = await Api.GetMessagesAsync(other, limit: 1000);
        return [.. page.Messages.Where(message => message.From == other).Select(message => message.Text)];
    }

    /// <summary>Returns how the connection to a contact travels; null if there is none.</summary>
    public async Task<PathKind?> PathToAsync(string other)
    {
        var contacts = await Api.ListContactsAsync();
        return contacts.Contacts.FirstOrDefault(contact => contact.Username == other)?.Path;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
        _home.Dispose();
    }

    private Task IsRegisteredAsync() =>
        Eventually.True(
            async () => (await Api.GetStatusAsync()).Directory.State == DirectoryState.Registered,
            RegistersWithin,
            $"{Name} is registered: {Output}",
            Eventually.LongPause
        );
}
