using P2PChat.Bench.Processes;
using P2PChat.Bench.Tls;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Base of the rows that send messages between two connected peers in this process.</summary>
internal abstract class ChatRow : PathRow
{
    protected const int TextBytes = BenchPair.TextBytes;

    private readonly TempFolder _data = new();
    private DirectoryProcess _directory = null!;

    /// <summary>Whether the row also measures two ephemeral peers.</summary>
    protected virtual bool IncludesEphemeral => false;

    /// <summary>A pair that commits each message to disk before acknowledging it.</summary>
    protected BenchPair Durable { get; private set; } = null!;

    /// <summary>A pair that keeps everything in memory; null unless the row includes it.</summary>
    protected BenchPair Ephemeral { get; private set; } = null!;

    protected BareEcho Echo { get; private set; } = null!;

    /// <summary>The payload of one message, for the echo.</summary>
    protected ReadOnlyMemory<byte> Bytes { get; } = new byte[TextBytes];

    public override async Task OpenAsync(Effort effort)
    {
        Echo = await BareEcho.StartAsync();
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        Durable = await BenchPair.StartAsync(_directory.Address, _data.FullName);
        if (IncludesEphemeral)
        {
            Ephemeral = await BenchPair.StartAsync(_directory.Address, data: null);
        }
    }

    /// <summary>Measures, then waits until the stores are idle, so that the next measurement starts clean.</summary>
    protected async Task<T> MeasureAndFlushAsync<T>(Func<Task<T>> measure)
    {
        var measured = await measure();
        await Durable.FlushAsync();
        if (IncludesEphemeral)
        {
            await Ephemeral.FlushAsync();
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
