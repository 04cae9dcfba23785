namespace P2PChat.Node.Services;

/// <summary>
/// Tells the services when this peer is stopping, so that they open no session after it and look for no more paths.
/// </summary>
internal sealed class PeerLifetime : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    public PeerLifetime() => Stopping = _stopping.Token;

    public bool IsStopping => Stopping.IsCancellationRequested;

    /// <summary>Cancelled when this peer stops.</summary>
    public CancellationToken Stopping { get; }

    // Not synchronously, because attempts that end would run their continuations in the caller.
    public void BeginStop() => _ = _stopping.CancelAsync();

    public void Dispose() => _stopping.Dispose();
}
