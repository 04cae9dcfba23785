namespace P2PChat.Discovery.Storage.Local;

/// <summary>The signals of a single replica.</summary>
internal sealed class LocalSignalBus : ISignalBus
{
    public event Action<PeerSignal>? Received;

    public Task PublishAsync(PeerSignal signal, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(signal.Data.Length, ISignalBus.MaxBytes);
        Received?.Invoke(signal);
        return Task.CompletedTask;
    }
}
