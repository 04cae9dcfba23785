using P2PChat.Bench.Processes;
using P2PChat.Bench.Tls;
using P2PChat.Peer.Chat;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Two peers that are connected, in one process, each with a store on the disk, and beside them a bare echo.</summary>
internal abstract class ChatRow : PathRow
{
    protected const int TextBytes = 256;

    private static readonly string Text = new('x', TextBytes);

    private readonly TempFolder _data = new();
    private DirectoryProcess _directory = null!;
    private BenchPeer _receiver = null!;
    private Task _reading = Task.CompletedTask;

    protected BenchPeer Sender { get; private set; } = null!;

    protected BareEcho Echo { get; private set; } = null!;

    /// <summary>A message's bytes, as the echo has them.</summary>
    protected ReadOnlyMemory<byte> Bytes { get; } = new byte[TextBytes];

    public override async Task OpenAsync(Effort effort)
    {
        Echo = await BareEcho.StartAsync();
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        Sender = await StartAsync("sender");
        _receiver = await StartAsync("receiver");
        await Sender.ConnectAsync(_receiver);
        _reading = Task.Run(() => _receiver.ReadToEndAsync());
    }

    public override async ValueTask DisposeAsync()
    {
        if (Sender is not null)
            await Sender.DisposeAsync();
        if (_receiver is not null)
            await _receiver.DisposeAsync();
        await _reading;
        if (_directory is not null)
            await _directory.DisposeAsync();
        if (Echo is not null)
            await Echo.DisposeAsync();
        _data.Delete();
    }

    /// <summary>How many transactions the stores of both have committed.</summary>
    protected (long Sender, long Receiver) Commits => (Sender.Store.Writer.Commits, _receiver.Store.Writer.Commits);

    private Task<BenchPeer> StartAsync(string name) => BenchPeer.StartAsync(
        _directory.Address, name, options => (options.Ephemeral, options.Data) = (false, Path.Combine(_data.FullName, name)));

    protected void Send() => _ = Sender.Node.SendAsync(_receiver.Name, Text);

    /// <summary>Sends with many in flight, and returns when all are acknowledged.</summary>
    protected async Task SendAsync(int count)
    {
        const int InFlight = 1024;
        var sent = 0;
        for (var acknowledged = 0; acknowledged < count; acknowledged++)
        {
            while (sent < count && sent - acknowledged < InFlight)
            {
                Send();
                sent++;
            }

            _ = await Sender.ExpectAsync<PeerEvent.Receipt>();
        }
    }
}
