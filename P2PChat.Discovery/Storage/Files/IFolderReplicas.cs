namespace P2PChat.Discovery.Storage.Files;

/// <summary>
/// The replicas that share the folder of files. Each has written a file there, which a new one must find before it
/// counts as one of them.
/// </summary>
internal interface IFolderReplicas
{
    /// <summary>Adds this replica, or renews it. Others count for a minute without renewal.</summary>
    /// <param name="file">Name of this replica's file.</param>
    /// <param name="found">Names of the files that it has found.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Files that it must find first; empty if it shares the folder.</returns>
    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    Task<IReadOnlyList<string>> JoinAsync(
        string file,
        IReadOnlyCollection<string> found,
        CancellationToken cancellationToken
    );
}
