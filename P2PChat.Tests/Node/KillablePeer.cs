using P2PChat.Client;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Node;

/// <summary>A peer process that can be killed and restarted on the same data.</summary>
internal sealed class KillablePeer(RestartableDirectory directory, string name, string data) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private PeerProgram? _program;
    private RemotePeer? _api;

    public RemotePeer Api => _api!;

    public PeerProgram Program => _program!;

    /// <summary>The rooms of the running peer.</summary>
    public IRooms Rooms => _api!.Rooms;

    public async Task StartAsync()
    {
        if (Directory.Exists(data))
        {
            File.Delete(Path.Combine(data, ApiFileNames.Address));
        }

        _program = PeerProgram.Start(
            [name, "--discovery", directory.Address, "--data", data, "--no-console", "--accept", "all"],
            new Dictionary<string, string>
            {
                ["Peer__ReconnectAfter"] = "00:00:00.200",
                ["Peer__DepositAfter"] = "00:00:00.200",
            }
        );
        await Eventually.True(
            () => File.Exists(Path.Combine(data, ApiFileNames.Address)),
            Patience,
            $"the API of {name} listens: {_program.Errors}"
        );
        _api = RemotePeer.Open(data);
    }

    public async Task KillAsync()
    {
        _program!.Signal("KILL");
        _ = await _program.ExitCodeAsync();
        await DisposeAsync();
    }

    public async Task KillAndRestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    /// <returns>Whether the two are connected.</returns>
    public async Task<bool> ConnectAsync(string other)
    {
        try
        {
            await _api!.ConnectAsync(other);
            return false;
        }
        catch (PeerApiException refusal)
        {
            return refusal.Type == ProblemTypes.AlreadyConnected;
        }
    }

    /// <returns>False if the peer refuses. Another call with the same text sends no second message.</returns>
    public async Task<bool> SendAsync(string other, string text)
    {
        try
        {
            _ = await _api!.SendAsync(other, text, idempotencyKey: text);
            return true;
        }
        catch (PeerApiException)
        {
            return false;
        }
    }

    /// <param name="path">Path of the file, which is replaced if it exists.</param>
    /// <exception cref="HttpRequestException">No backup was written, perhaps because the peer was killed.</exception>
    /// <exception cref="OperationCanceledException">The same, if the client was disposed first.</exception>
    public Task BackUpAsync(string path, string passphrase) =>
        _api!.BackUpAsync(new BackupRequest(path, passphrase, Force: true));

    public async Task<IReadOnlyList<MessageItem>> MessagesAsync(string other) =>
        (await _api!.GetMessagesAsync(other, limit: 1000)).Messages;

    public async Task<IReadOnlyList<string>> TextsAsync(string other) =>
        [.. (await MessagesAsync(other)).Select(message => message.Text)];

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        if (_program is not null)
        {
            await _program.DisposeAsync();
        }

        (_api, _program) = (null, null);
    }
}
