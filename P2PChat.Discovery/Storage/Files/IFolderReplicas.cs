namespace P2PChat.Discovery.Storage.Files;

/// <summary>A file of a replica in the folder, with the content that it wrote last.</summary>
/// <param name="Nonce">A new random value at each check, so that a copy of the folder is not taken for it.</param>
internal readonly record struct ReplicaMark(string File, string Nonce);

/// <summary>
/// Which folder has the files of this directory, and the replicas that share it. Each has written a file there, which
/// the others must find.
/// </summary>
/// <remarks>Each call may throw <see cref="StoreUnavailableException"/>.</remarks>
internal interface IFolderReplicas
{
    /// <returns>The random token of the folder; null before the first use.</returns>
    Task<string?> FindFolderAsync(CancellationToken cancellationToken);

    /// <summary>Stores the token of the folder.</summary>
    /// <param name="token">The proposed token.</param>
    /// <param name="replace">Whether it replaces an earlier one. Otherwise the first one stays.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The token that is now stored.</returns>
    Task<string> KeepFolderAsync(string token, bool replace, CancellationToken cancellationToken);

    /// <summary>
    /// Adds this replica, or renews it. Others count for a minute without renewal. A replica must find the files of all
    /// that have joined before it, also when it renews.
    /// </summary>
    /// <param name="own">This replica's file.</param>
    /// <param name="found">The files that it has found.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Files that it must find first; empty if it shares the folder.</returns>
    Task<IReadOnlyList<ReplicaMark>> JoinAsync(
        ReplicaMark own,
        IReadOnlyCollection<ReplicaMark> found,
        CancellationToken cancellationToken
    );

    /// <summary>Removes this replica, so that the others no longer look for its file.</summary>
    Task LeaveAsync(string file, CancellationToken cancellationToken);
}
