namespace P2PChat.Discovery.Storage.Local;

/// <summary>The store's time, in milliseconds. See docs/decisions/0022-clocks.md.</summary>
/// <param name="Now">Ends leases.</param>
/// <param name="Lasting">Ends claims and mail. It is behind <paramref name="Now"/> after a jump of the clock.</param>
internal readonly record struct StoreTime(DateTimeOffset Now, DateTimeOffset Lasting);
