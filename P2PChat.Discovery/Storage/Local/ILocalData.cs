namespace P2PChat.Discovery.Storage.Local;

/// <summary>
/// What a directory of a single process keeps, in memory or in SQLite. The stores of this namespace
/// decide what changes.
/// </summary>
internal interface ILocalData
{
    /// <summary>The store's name in telemetry, as OpenTelemetry's <c>db.system.name</c> defines it.</summary>
    string SystemName { get; }

    IClaimRows Claims { get; }

    IEventRows Events { get; }

    IMailRows Mail { get; }

    IRequestRows Requests { get; }

    IMemberRows Members { get; }

    IFileRows Files { get; }

    /// <summary>
    /// Runs an action alone. Everything else here is called only by such an action. A durable store has kept all its
    /// changes when this returns, and none when this throws.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read or written.</exception>
    T Run<T>(Func<StoreTime, T> action);

    /// <summary>Converts a time of this store to wall time, for responses.</summary>
    DateTimeOffset ToWallTime(DateTimeOffset stored);

    /// <summary>Returns the value of a key. The first proposal becomes the value.</summary>
    string Keep(string key, string proposal);

    /// <summary>Returns the value of a key; null if it has none.</summary>
    string? Find(string key);

    /// <summary>Sets the value of a key.</summary>
    void Replace(string key, string value);

    /// <summary>Notes that a sweep runs now, from which the next process learns how long nothing was swept.</summary>
    void NoteSweep(DateTimeOffset now);
}
