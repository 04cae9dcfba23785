using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>
/// The file <c>peer.db</c>: made where there is none, and looked at before anything is done to it where there is one.
/// </summary>
internal sealed class StoreFile : StoreDatabase
{
    public const string FileName = "peer.db";

    private const int HeaderLength = 100;

    // Larger ones would take too long at each start; what is damaged in them shows when it is read.
    private const long MaxCheckedBytes = 64 * 1024 * 1024;

    // Pages in the log, of 4 KiB each, before they are written to the file: a page that is written often is so once for all.
    private const int CheckpointPages = 4096;

    private readonly string _connectionString;

    private StoreFile(string path)
    {
        FullPath = path;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            DefaultTimeout = 30,
        }.ToString();
    }

    public string FullPath { get; }

    public override bool IsTemporary => false;

    // What is committed, and not yet in the file itself.
    private string LogPath => FullPath + "-wal";

    /// <summary>The store of a data directory.</summary>
    /// <exception cref="PeerStartException">It is damaged, newer, another peer's, or cannot be written.</exception>
    public static StoreFile Open(string directory, PeerId self)
    {
        var file = new StoreFile(Path.Combine(directory, FileName));
        file.Prepare(self);
        return file;
    }

    // What is committed is on the disk.
    public override SqliteConnection Connect() =>
        Open(
            _connectionString,
            $"PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = {CheckpointPages};"
        );

    public override void Dispose()
    {
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
                Make(self);
            }

            CheckHeader();
            using var connection = Connect();
            // A process that was killed has left its last pages beside the file: the header may be older than what holds.
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
                    $"{FullPath} belongs to another identity than this data directory's: restore the two together, or move the file and {FileName}-wal away to begin with an empty one."
                );
            }

            StoreSchema.Execute(connection, "PRAGMA journal_mode = WAL;");
            StoreSchema.Migrate(connection, version, StoreSchema.Version);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            throw Damaged(e);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_FULL)
        {
            throw new PeerStartException($"The disk with {FullPath} is full: free some space, and start again.", e);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_IOERR)
        {
            // SQLite reports this if there is no room for the log's index.
            throw new PeerStartException(
                $"{FullPath} cannot be read or written, because its disk is full or has failed. Free some space or check the disk, and start again.",
                e
            );
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new PeerStartException(
                $"{FullPath} cannot be used ({e.Message}): see that it and its directory belong to the user who runs this peer.",
                e
            );
        }
    }

    // SQLite would take it for the new file's own, and write into that what belongs to another.
    private void RefuseLog()
    {
        if (new FileInfo(LogPath) is { Exists: true, Length: > 0 })
        {
            throw new PeerStartException(
                $"{LogPath} holds the last messages of a {FileName} that is not there: put that back beside it, or move it away too to begin with an empty store."
            );
        }
    }

    // Under another name until it is whole: a crash leaves no half of a store that looks like one.
    private void Make(PeerId self)
    {
        var made = FullPath + ".new";
        File.Delete(made);
        new FileStream(made, DataDirectory.Options(FileMode.CreateNew)).Dispose();
        using (
            var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = made, Pooling = false }.ToString()
            )
        )
        {
            connection.Open();
            StoreSchema.Execute(connection, $"PRAGMA application_id = {StoreSchema.ApplicationId};");
            StoreSchema.Migrate(connection, 0, StoreSchema.Version);
            SaveOwner(connection, self.Bytes);
        }

        File.Move(made, FullPath);
        UnixFiles.SyncDirectory(Path.GetDirectoryName(FullPath)!);
    }

    // Before SQLite opens it, which might change it.
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
                    $"{FullPath} was written by a newer P2PChat (version {version} of the store, this program knows {StoreSchema.Version}): start the newer program."
                )
            );
        }
    }

    private PeerStartException Damaged(Exception? cause) =>
        new(
            $"{FullPath} is damaged, or no store of P2PChat: restore it from a backup, or move it and {FileName}-wal away to begin with an empty one.",
            cause
        );
}
