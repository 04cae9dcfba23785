using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>
/// The file <c>peer.db</c>. It is created if it does not exist, and checked before it is used.
/// </summary>
internal sealed class StoreFile : StoreDatabase
{
    public const string FileName = "peer.db";

    private const int HeaderLength = 100;

    // Checking a larger file would delay each start too long. Damage in it shows when it is read.
    private const long MaxCheckedBytes = 64 * 1024 * 1024;

    // In pages of 4 KiB. A long log writes a page that changes often to the file only once.
    private const int CheckpointPages = 4096;

    private readonly string _connectionString;
    private volatile bool _isDisposed;

    private StoreFile(string path)
    {
        FullPath = path;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            // Never creates it: a file that has gone must not come back as an empty one.
            Mode = SqliteOpenMode.ReadWrite,
            ForeignKeys = true,
            DefaultTimeout = 30,
        }.ToString();
    }

    public string FullPath { get; }

    public override bool IsTemporary => false;

    // Committed pages that are not in the file yet.
    private string LogPath => FullPath + "-wal";

    /// <summary>Opens the store of a data directory.</summary>
    /// <exception cref="PeerStartException">
    /// The file is damaged, newer, another peer's, or cannot be written.
    /// </exception>
    public static StoreFile Open(string directory, PeerId self)
    {
        var file = new StoreFile(Path.Combine(directory, FileName));
        file.Prepare(self);
        return file;
    }

    // With synchronous = FULL, a committed transaction is on disk.
    public override SqliteConnection Connect()
    {
        // A page that is still open may read after the peer has stopped, when the directory is another process's.
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var connection = Open(
            _connectionString,
            // Overwrites deleted and moved texts. Rows are seldom deleted, so it costs little: see SearchIndexer.
            $"PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = {CheckpointPages}; "
                + "PRAGMA secure_delete = ON;"
        );
        if (!_isDisposed)
        {
            return connection;
        }

        // The peer has stopped meanwhile. The pool must not keep the file open.
        SqliteConnection.ClearPool(connection);
        connection.Dispose();
        throw new ObjectDisposedException(nameof(StoreFile));
    }

    public override void Dispose()
    {
        _isDisposed = true;
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private void Prepare(PeerId self)
    {
        try
        {
            if (!File.Exists(FullPath))
            {
                RefuseLog();
                Create(self);
            }

            CheckHeader();
            using var connection = Connect();
            // The log of a killed process may hold a newer header than the file.
            var version = (int)(long)connection.Scalar("PRAGMA user_version")!;
            RefuseNewer(version);
            if (
                new FileInfo(FullPath).Length <= MaxCheckedBytes
                && connection.Scalar("PRAGMA quick_check(1)") is not "ok"
            )
            {
                throw Damaged(null);
            }

            if (
                connection.Scalar("SELECT value FROM meta WHERE key = 'identity'") is not byte[] owner
                || !owner.AsSpan().SequenceEqual(self.Bytes)
            )
            {
                throw new PeerStartException(
                    $"{FullPath} does not belong to the identity of this data directory. Restore both "
                        + $"together, or move the file and {FileName}-wal away to begin with an empty one."
                );
            }

            StoreSchema.Execute(connection, "PRAGMA journal_mode = WAL;");
            StoreSchema.Migrate(connection, version, StoreSchema.Version);
            TruncateLog(connection);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            throw Damaged(exception);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_FULL)
        {
            throw new PeerStartException(
                $"The disk with {FullPath} is full. Free some space, and start again.",
                exception
            );
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_IOERR)
        {
            // SQLite reports this if there is no room for the log's index.
            throw new PeerStartException(
                $"{FullPath} cannot be read or written, because its disk is full or has failed. Free some space "
                    + "or check the disk, and start again.",
                exception
            );
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new PeerStartException(
                $"{FullPath} cannot be used ({exception.Message}). Check that it and its directory belong to "
                    + "the user who runs this peer.",
                exception
            );
        }
    }

    // After a crash the log may hold deleted prekeys, see PrekeyTable. A full disk does not stop the start: the log is
    // truncated with the next prekey that is deleted.
    private static void TruncateLog(SqliteConnection connection)
    {
        try
        {
            StoreSchema.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE);");
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_FULL)
        {
            // Tried again later.
        }
    }

    // SQLite would apply a leftover log to the new file.
    private void RefuseLog()
    {
        if (new FileInfo(LogPath) is { Exists: true, Length: > 0 })
        {
            throw new PeerStartException(
                $"{LogPath} holds the last messages of a {FileName} that is missing. Put that file back next to "
                    + "it, or move it away to begin with an empty store."
            );
        }
    }

    // Renamed once it is complete, so that a crash leaves no partial store.
    private void Create(PeerId self)
    {
        var created = FullPath + ".new";
        File.Delete(created);
        new FileStream(created, DataDirectory.Options(FileMode.CreateNew)).Dispose();
        using (
            var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = created, Pooling = false }.ToString()
            )
        )
        {
            connection.Open();
            StoreSchema.Execute(connection, $"PRAGMA application_id = {StoreSchema.ApplicationId};");
            StoreSchema.Migrate(connection, 0, StoreSchema.Version);
            SaveOwner(connection, self.Bytes);
        }

        File.Move(created, FullPath);
        UnixFiles.SyncDirectory(Path.GetDirectoryName(FullPath)!);
    }

    // Before SQLite opens the file, because that may change it.
    private void CheckHeader()
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        using (var stream = new FileStream(FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            if (
                stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength
                || !header.StartsWith("SQLite format 3\0"u8)
            )
            {
                throw Damaged(null);
            }
        }

        if (BinaryPrimitives.ReadInt32BigEndian(header[68..]) != StoreSchema.ApplicationId)
        {
            throw Damaged(null);
        }

        RefuseNewer(BinaryPrimitives.ReadInt32BigEndian(header[60..]));
    }

    private void RefuseNewer(int version)
    {
        if (version > StoreSchema.Version)
        {
            throw new PeerStartException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{FullPath} was written by a newer version of P2PChat (store version {version}, this "
                        + $"program knows {StoreSchema.Version}). Start the newer version."
                )
            );
        }
    }

    private PeerStartException Damaged(Exception? cause) =>
        new(
            $"{FullPath} is damaged or is not a P2PChat store. Restore it from a backup, or move it and "
                + $"{FileName}-wal away to begin with an empty one.",
            cause
        );
}
