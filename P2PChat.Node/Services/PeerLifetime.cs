namespace P2PChat.Node.Services;

/// <summary>
/// Tells the services when this peer is stopping, so that they open no session after it and look for no more paths.
/// </summary>
internal sealed class PeerLifetime
{
    private readonly CancellationTokenSource _stopping = new();

    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Cancelled when this peer stops.</summary>
    public CancellationToken Stopping => _stopping.Token;

    // Not synchronously, because attempts that end would run their continuations in the caller.
    public void BeginStop() => _ = _stopping.CancelAsync();
}
