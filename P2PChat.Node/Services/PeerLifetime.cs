namespace P2PChat.Node.Services;

/// <summary>Tells the services when this peer is stopping, so that they open no session after it.</summary>
internal sealed class PeerLifetime
{
    private volatile bool _isStopping;

    public bool IsStopping => _isStopping;

    public void BeginStop() => _isStopping = true;
}
