namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Detects another running copy of this peer, with the same key, by its leases: each copy's registration replaces the
/// other's lease. All times are the directory's. Does no I/O. Not thread-safe.
/// </summary>
internal sealed class CopyWatch
{
    private DateTimeOffset _expiresAt;

    // Leases in a row that were replaced before they expired. One may be due to a lost answer to a registration.
    private int _replacements;

    public bool HasCopy => _replacements > 1;

    public void Renewed(DateTimeOffset expiresAt) => (_expiresAt, _replacements) = (expiresAt, 0);

    /// <param name="wasLost">Whether the directory no longer knew the previous lease.</param>
    /// <param name="isNew">Whether the directory did not know the name either.</param>
    /// <param name="now">The directory's time; null if it is not known.</param>
    public void Registered(bool wasLost, bool isNew, DateTimeOffset? now, DateTimeOffset expiresAt)
    {
        // An expired lease was not replaced: this machine slept, or the directory was unavailable.
        var wasReplaced = wasLost && !isNew && !(now >= _expiresAt);
        (_expiresAt, _replacements) = (expiresAt, wasReplaced ? _replacements + 1 : 0);
    }
}
