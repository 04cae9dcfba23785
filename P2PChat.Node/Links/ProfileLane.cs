using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>
/// The profile that a link writes when it has nothing else to write. A newer one replaces it, so that changes during a
/// slow write take no memory. Thread-safe.
/// </summary>
internal sealed class ProfileLane
{
    private Frame? _waiting;

    public bool HasWork => Volatile.Read(ref _waiting) is not null;

    public void Set(Frame? profile) => Volatile.Write(ref _waiting, profile);

    /// <summary>Takes the profile; null if none waits.</summary>
    public Frame? Take() => Interlocked.Exchange(ref _waiting, null);
}
