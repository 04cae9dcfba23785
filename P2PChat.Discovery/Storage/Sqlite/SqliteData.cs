using System.Globalization;
using Microsoft.Data.Sqlite;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage.Local;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using SQLitePCL;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>
/// Keeps everything in a SQLite file. All calls take turns on one connection, each in one transaction. See
/// docs/decisions/0033-directory-store-for-one-machine.md.
/// </summary>
internal sealed class SqliteData : ILocalData, IDisposable
{
    private const string SweptKey = "swept";
    private const string SkippedKey = "skipped";
    private const string OriginKey = "first-event";

    private readonly TimeProvider _timeProvider;

    // The wall clock at the start of this process, and steady from then on.
    private readonly SteadyClock _steady;
    private readonly TimeSpan _renewalsEvery;
    private readonly Lock _gate = new();

    // All guarded by _gate.
    private readonly StoreDirectory _directory;
    private readonly SqliteConnection _connection;
    private readonly SqliteStatements _statements;
    private readonly SqliteClaimRows _claims;
    private readonly SqliteMailRows _mail;
    private readonly SqliteRequestRows _requests;
    private readonly SqliteMemberRows _members;
    private readonly SqliteFileRows _files;
    private readonly LastingClock _clock;
    private DateTimeOffset _renewalsWritten;

    private SqliteData(
        StoreDirectory directory,
        SqliteConnection connection,
        DirectoryOptions options,
        TimeProvider timeProvider
    )
    {
        _directory = directory;
        _connection = connection;
        _timeProvider = timeProvider;
        _steady = new SteadyClock(timeProvider);
        _renewalsEvery = options.Lease / 3;
        _statements = new SqliteStatements(connection);
        _claims = new SqliteClaimRows(_statements);
        _mail = new SqliteMailRows(_statements);
        _requests = new SqliteRequestRows(_statements);
        _members = new SqliteMemberRows(_statements);
        _files = new SqliteFileRows(_statements);
        _clock = new LastingClock(FindNumber(SweptKey), FindNumber(SkippedKey) ?? 0);
        var now = _steady.GetUtcNow();
        Events = new SqliteEventRows(
            _statements,
            long.Parse(Keep(OriginKey, TextOf(now.ToUnixTimeMilliseconds() * 1_000)), CultureInfo.InvariantCulture),
            options.EventsKept
        );
        _claims.CutTo(now + options.Lease, now + options.Claim);
        _mail.CutTo(now + options.Mailbox.Kept);
        _requests.CutTo(now + options.RequestBox.Kept, now + TimeSpan.FromDays(1));
        _files.RemoveReservations();
        _files.CutTo(now + options.Files.Kept);
        _members.CutTo(now + JoinCodes.MaxLifetime, now);
    }

    public string SystemName => "sqlite";

    public IClaimRows Claims => _claims;

    public IEventRows Events { get; }

    public IMailRows Mail => _mail;

    public IRequestRows Requests => _requests;

    public IMemberRows Members => _members;

    public IFileRows Files => _files;

    /// <summary>Opens the data in a directory, which is locked until this is disposed.</summary>
    /// <exception cref="DirectoryStartException">It cannot be used. The message says why.</exception>
    public static SqliteData Open(string path, DirectoryOptions options, TimeProvider timeProvider)
    {
        var directory = StoreDirectory.Open(path);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteFile.Open(directory, options.StoreTimeout);
            return new SqliteData(directory, connection, options, timeProvider);
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            directory.Dispose();
            if (exception is SqliteException failure)
            {
                throw new DirectoryStartException(CauseOf(failure, directory), exception);
            }

            throw;
        }
    }

    public T Run<T>(Func<StoreTime, T> action)
    {
        lock (_gate)
        {
            try
            {
                // Becomes a write transaction with the first write.
                _ = _statements.Run("BEGIN");
                var result = action(
                    _clock.At(DateTimeOffset.FromUnixTimeMilliseconds(_steady.GetUtcNow().ToUnixTimeMilliseconds()))
                );
                _ = _statements.Run("COMMIT");
                return result;
            }
            catch (SqliteException exception)
            {
                throw new StoreUnavailableException(CauseOf(exception, _directory), exception);
            }
            finally
            {
                if (_statements.InTransaction)
                {
                    _ = _statements.Run("ROLLBACK");
                }
            }
        }
    }

    public DateTimeOffset ToWallTime(DateTimeOffset stored) =>
        stored + (_timeProvider.GetUtcNow() - _steady.GetUtcNow());

    public string Keep(string key, string proposal)
    {
        _ = _statements.Run("INSERT OR IGNORE INTO meta VALUES ($1, $2)", key, proposal);
        return Find(key) ?? proposal;
    }

    public string? Find(string key) => _statements.Text("SELECT value FROM meta WHERE key = $1", key);

    public void Replace(string key, string value) =>
        _statements.Run("INSERT INTO meta VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2", key, value);

    public void NoteSweep(DateTimeOffset now)
    {
        if (_clock.Sweep(now))
        {
            Set(SweptKey, _clock.Swept ?? 0);
            Set(SkippedKey, _clock.Skipped);
        }

        if (now - _renewalsWritten >= _renewalsEvery)
        {
            _renewalsWritten = now;
            _claims.WriteRenewals();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            try
            {
                _claims.WriteRenewals();
            }
            catch (SqliteException)
            {
                // Their peers register again.
            }

            _statements.Dispose();
            _connection.Dispose();
            _directory.Dispose();
        }
    }

    private static string CauseOf(SqliteException exception, StoreDirectory directory)
    {
        var path = Path.Combine(directory.FullPath, SqliteFile.FileName);
        return exception.SqliteErrorCode switch
        {
            raw.SQLITE_FULL => $"The disk with {path} is full. Free some space.",
            raw.SQLITE_IOERR => $"{path} cannot be read or written. Check its disk and the free space on it.",
            raw.SQLITE_BUSY => $"Another program has locked {path}. Close that program.",
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB =>
                $"{path} is damaged. Stop the directory, and restore the file from a backup or move it away.",
            _ => $"{path} cannot be used ({exception.Message.TrimEnd('.')}).",
        };
    }

    private long? FindNumber(string key) =>
        long.TryParse(Find(key), CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Set(string key, long value) => Replace(key, TextOf(value));

    private static string TextOf(long value) => value.ToString(CultureInfo.InvariantCulture);
}
