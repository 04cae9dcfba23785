namespace P2PChat.Node.Backup;

/// <summary>What is wrong with a backup that is to be read.</summary>
public enum BackupError
{
    /// <summary>The file is something else.</summary>
    NotABackup,

    /// <summary>It is of a version, a key derivation or a content that this program does not know.</summary>
    OtherVersion,

    /// <summary>To find its key would take more memory or time than any backup of ours asks for.</summary>
    TooCostly,

    WrongPassphrase,

    /// <summary>It is cut off, or its bytes are not those that were written.</summary>
    Damaged,
}

/// <summary>A backup that cannot be read. Its message is one sentence for a person, and says what to do.</summary>
public sealed class BackupException(BackupError error, Exception? cause = null) : Exception(Sentence(error), cause)
{
    public BackupError Error { get; } = error;

    private static string Sentence(BackupError error) =>
        error switch
        {
            BackupError.NotABackup => "That file is no backup of P2PChat: name one that 'backup' has written.",
            BackupError.OtherVersion =>
                "That backup is of another version of P2PChat: restore it with the version that wrote it, or a newer one.",
            BackupError.TooCostly =>
                "That backup asks for more work than any that P2PChat writes, and is not read: take another copy of it.",
            BackupError.WrongPassphrase =>
                "That is not the passphrase of this backup: try again, with the same letters in upper and lower case.",
            _ => "That backup is cut off or damaged: take another copy of it. Nothing was restored.",
        };
}
