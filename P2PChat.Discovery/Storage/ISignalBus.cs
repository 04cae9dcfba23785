using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>An event for the signal streams of a name, at whichever replica they are.</summary>
/// <param name="Type">A member of <see cref="P2PChat.Protocol.DirectoryApi.SignalTypes"/>.</param>
/// <param name="Data">JSON without line breaks.</param>
internal sealed record PeerSignal(Username Recipient, string Type, ReadOnlyMemory<byte> Data);

/// <summary>
/// Carries signals between replicas, at once and without storing them. A signal may be lost; then an attempt to find a
/// path fails, and nothing else.
/// </summary>
internal interface ISignalBus
{
    /// <summary>Maximum size of <see cref="PeerSignal.Data"/>, in bytes.</summary>
    const int MaxBytes = 8 * 1024;

    /// <summary>Raised on every replica for each signal, on any thread.</summary>
    event Action<PeerSignal>? Received;

    /// <exception cref="StoreUnavailableException">The signal was not sent.</exception>
    /// <exception cref="ArgumentException">The data is too large.</exception>
    Task PublishAsync(PeerSignal signal, CancellationToken cancellationToken);
}
