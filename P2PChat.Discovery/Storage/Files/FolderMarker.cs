namespace P2PChat.Discovery.Storage.Files;

/// <summary>
/// The file <c>directory.id</c> of a folder: the directory that it belongs to, and a random token. The token is also in
/// the directory's store, so that an empty folder, such as the one below a lost mount, is not taken for the right one.
/// </summary>
internal sealed record FolderMarker(string DirectoryId, string Token)
{
    /// <returns>The marker; null if the folder has none.</returns>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static FolderMarker? Find(FolderLayout layout)
    {
        try
        {
            var words = File.ReadAllText(layout.IdFile).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return new FolderMarker(words.ElementAtOrDefault(0) ?? "", words.ElementAtOrDefault(1) ?? "");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes the marker, unless another replica has been faster.</summary>
    /// <returns>The marker of the folder.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public FolderMarker Write(FolderLayout layout)
    {
        var written = layout.ReplicaFile(FolderLayout.NewName());
        FolderLayout.WriteDurably(written, $"{DirectoryId} {Token}");
        try
        {
            File.Move(written, layout.IdFile, overwrite: false);
        }
        catch (IOException) when (File.Exists(layout.IdFile))
        {
            File.Delete(written);
        }

        UnixDirectory.Sync(layout.Folder);
        return Find(layout) ?? this;
    }
}
