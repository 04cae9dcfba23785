using P2PChat.Bench.Processes;
using P2PChat.Bench.Tls;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>
/// Two peers that are connected, in one process, each with a store on the disk, and beside them a bare echo.
/// </summary>
internal abstract class ChatRow : PathRow
{
    protected const int TextBytes = BenchPair.TextBytes;

    private readonly TempFolder _data = new();
    private DirectoryProcess _directory = null!;

    /// <summary>Whether there are also two peers whose things end with their process.</summary>
    protected virtual bool AlsoEphemeral => false;

    /// <summary>Who commits each message before it is acknowledged.</summary>
    protected BenchPair Durable { get; private set; } = null!;

    /// <summary>Who waits for no disk.</summary>
    protected BenchPair Ephemeral { get; private set; } = null!;

    protected BareEcho Echo { get; private set; } = null!;

    /// <summary>A message's bytes, as the echo has them.</summary>
    protected ReadOnlyMemory<byte> Bytes { get; } = new byte[TextBytes];

    public override async Task OpenAsync(Effort effort)
    {
        Echo = await BareEcho.StartAsync();
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        Durable = await BenchPair.StartAsync(_directory.Address, _data.FullName);
        if (AlsoEphemeral)
        {
            Ephemeral = await BenchPair.StartAsync(_directory.Address, data: null);
        }
    }

    /// <summary>
    /// Does it, and then waits until the stores have nothing left to do: what comes next is not to pay for it.
    /// </summary>
    protected async Task<T> SettledAsync<T>(Func<Task<T>> measure)
    {
        var measured = await measure();
        await Durable.SettleAsync();
        if (AlsoEphemeral)
        {
            await Ephemeral.SettleAsync();
        }

        return measured;
    }

    public override async ValueTask DisposeAsync()
    {
        if (Durable is not null)
        {
            await Durable.DisposeAsync();
        }

        if (Ephemeral is not null)
        {
            await Ephemeral.DisposeAsync();
        }

        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }

        if (Echo is not null)
        {
            await Echo.DisposeAsync();
        }

        _data.Delete();
    }
}
