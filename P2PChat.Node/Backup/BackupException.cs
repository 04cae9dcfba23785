namespace P2PChat.Node.Backup;

/// <summary>The reason why a backup cannot be read.</summary>
public enum BackupError
{
    /// <summary>The file is not a backup.</summary>
    NotABackup,

    /// <summary>It has a version, a key derivation or an entry that this program does not know.</summary>
    OtherVersion,

    /// <summary>Its key derivation takes more memory or time than this program allows.</summary>
    TooCostly,

    WrongPassphrase,

    /// <summary>It is truncated or was changed.</summary>
    Damaged,
}

/// <summary>A backup that cannot be read. Its message tells the user what to do.</summary>
public sealed class BackupException(BackupError error, Exception? cause = null) : Exception(Sentence(error), cause)
{
    public BackupError Error { get; } = error;

    private static string Sentence(BackupError error) =>
        error switch
        {
            BackupError.NotABackup => "This file is not a P2PChat backup. Name the file of a backup.",
            BackupError.OtherVersion =>
                "This backup was written by a newer version of P2PChat. Restore it with that version.",
            BackupError.TooCostly =>
                "This backup needs more memory or time than P2PChat allows, so it was not read. Try another "
                    + "copy of it.",
            BackupError.WrongPassphrase =>
                "This is not the passphrase of the backup. Try again, and check upper and lower case.",
            _ => "This backup is truncated or damaged. Nothing was restored. Try another copy of it.",
        };
}
