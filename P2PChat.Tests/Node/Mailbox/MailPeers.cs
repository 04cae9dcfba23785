using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>Starts peers with data directories, against a directory with Redis.</summary>
public sealed class MailPeers : IAsyncLifetime
{
    private readonly List<TempDirectory> _data = [];
    private RedisServer _redis = null!;

    public RestartableDirectory Directory { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        Directory = new RestartableDirectory { Settings = ["ConnectionStrings:redis=" + _redis.ConnectionString] };
        await Directory.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await Directory.DisposeAsync();
        await _redis.DisposeAsync();
        foreach (var data in _data)
        {
            data.Dispose();
        }
    }

    /// <summary>Creates a data directory, which is deleted with the fixture.</summary>
    public string NewData()
    {
        _data.Add(new TempDirectory());
        return _data[^1].Path;
    }

    internal Task<PeerUnderTest> StartAsync(
        string name,
        string data,
        Action<PeerOptions>? change = null,
        TimeProvider? timeProvider = null
    ) => PeerUnderTest.StartAsync(Directory, name, timeProvider: timeProvider, change: options =>
        {
            (options.Reconnect, options.ReconnectAfter, options.DepositAfter) = (
                true,
                TimeSpan.FromMilliseconds(200),
                TimeSpan.FromMilliseconds(200)
            );
            (options.Ephemeral, options.Data) = (false, data);
            change?.Invoke(options);
        });

    /// <summary>Connects the two, and waits until each can deposit mail for the other.</summary>
    internal static async Task ConnectAsync(PeerUnderTest one, PeerUnderTest other)
    {
        await one.ConnectAsync(other);
        await Eventually.True(
            () =>
                StoreOf(one).Conversations.Load(other.Id)?.TheirCapability is not null
                && StoreOf(other).Conversations.Load(one.Id)?.TheirCapability is not null,
            PeerUnderTest.Soon,
            "each has the other's capability"
        );
    }

    internal static PeerStore StoreOf(PeerUnderTest peer) => peer.Services.GetRequiredService<PeerStore>();

    internal static MailboxClient MailboxOf(PeerUnderTest peer) => peer.Services.GetRequiredService<MailboxClient>();

    internal static Task EmptyAsync(PeerUnderTest peer) =>
        Eventually.True(
            async () => (await MailboxOf(peer).CollectAsync(null, CancellationToken.None)).Envelopes.Count == 0,
            PeerUnderTest.Soon,
            $"the mailbox of {peer.Name} is empty"
        );

    internal static IReadOnlyList<string> Texts(PeerUnderTest peer, Username with) =>
        [.. peer.Messages.Page(with, null, null, 1000).Messages.Select(message => message.Text)];
}
