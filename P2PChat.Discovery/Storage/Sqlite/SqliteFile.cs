using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>The file <c>directory.db</c>. It is created if it does not exist, and checked before it is used.</summary>
internal static class SqliteFile
{
    public const string FileName = "directory.db";

    private const int HeaderLength = 100;

    // Checking a larger file would delay each start too long. Damage in it shows when it is read.
    private const long MaxCheckedBytes = 64 * 1024 * 1024;

    /// <summary>Opens the file in a directory that no other process uses. The caller disposes the connection.</summary>
    /// <param name="busyTimeout">How long to wait for another program that has locked the file.</param>
    /// <exception cref="DirectoryStartException">It is damaged, newer, or cannot be written.</exception>
    public static SqliteConnection Open(StoreDirectory directory, TimeSpan busyTimeout)
    {
        var path = Path.Combine(directory.FullPath, FileName);
        try
        {
            if (!File.Exists(path))
            {
                RefuseLog(path + "-wal");
                Create(path);
            }

            CheckHeader(path);
            return Connect(path, busyTimeout);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            throw Damaged(path, exception);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is raw.SQLITE_FULL or raw.SQLITE_IOERR)
        {
            // SQLite reports an I/O error if there is no room for the log's index.
            throw new DirectoryStartException(
                $"{path} cannot be read or written, because its disk is full or has failed. Free some space or check "
                    + "the disk, and start again.",
                exception
            );
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new DirectoryStartException(
                $"{path} cannot be used ({exception.Message.TrimEnd('.')}). Check that it belongs to the user who "
                    + "runs the directory.",
                exception
            );
        }
    }

    private static SqliteConnection Connect(string path, TimeSpan busyTimeout)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Pooling = false,
                DefaultTimeout = Math.Max(1, (int)busyTimeout.TotalSeconds),
            }.ToString()
        );
        try
        {
            connection.Open();
            // FULL also survives a power cut: a member has no join code any more, so a lost membership locks it out.
            SqliteSchema.Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            // The log of a killed process may hold a newer header than the file.
            var version = (int)(long)Scalar(connection, "PRAGMA user_version")!;
            RefuseNewer(path, version);
            if (new FileInfo(path).Length <= MaxCheckedBytes && Scalar(connection, "PRAGMA quick_check(1)") is not "ok")
            {
                throw Damaged(path, null);
            }

            SqliteSchema.Migrate(connection, version);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // SQLite would apply a leftover log to the new file.
    private static void RefuseLog(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > 0 })
        {
            throw new DirectoryStartException(
                $"{path} belongs to a {FileName} that is missing. Put that file back next to it, or move it away to "
                    + "begin with an empty directory."
            );
        }
    }

    // Renamed once it is complete, so that a crash leaves no partial file.
    private static void Create(string path)
    {
        var created = path + ".new";
        File.Delete(created);
        StoreDirectory.OpenFile(created, FileMode.CreateNew).Dispose();
        using (
            var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = created, Pooling = false }.ToString()
            )
        )
        {
            connection.Open();
            SqliteSchema.Execute(connection, $"PRAGMA application_id = {SqliteSchema.ApplicationId};");
            SqliteSchema.Migrate(connection, 0);
        }

        File.Move(created, path);
    }

    // Before SQLite opens the file, because that may change it.
    private static void CheckHeader(string path)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            if (
                stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength
                || !header.StartsWith("SQLite format 3\0"u8)
            )
            {
                throw Damaged(path, null);
            }
        }

        if (BinaryPrimitives.ReadInt32BigEndian(header[68..]) != SqliteSchema.ApplicationId)
        {
            throw Damaged(path, null);
        }

        RefuseNewer(path, BinaryPrimitives.ReadInt32BigEndian(header[60..]));
    }

    private static void RefuseNewer(string path, int version)
    {
        if (version > SqliteSchema.Version)
        {
            throw new DirectoryStartException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} was written by a newer version of P2PChat (store version {version}, this program knows "
                        + $"{SqliteSchema.Version}). Start the newer version."
                )
            );
        }
    }

    private static DirectoryStartException Damaged(string path, Exception? cause) =>
        new(
            $"{path} is damaged or is not a directory's data. Restore it from a backup, or move it and "
                + $"{FileName}-wal away to begin with an empty directory.",
            cause
        );

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // It never holds input.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
