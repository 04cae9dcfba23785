using System.Collections.Concurrent;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Storage;

/// <summary>This peer's own profile, and those that other peers have sent. Thread-safe.</summary>
internal sealed partial class ProfileBook
{
    /// <summary>How many pictures of others are kept. Of those beyond that, only the name is.</summary>
    internal const int MaxPictures = 1000;

    private readonly Lock _gate = new();
    private readonly ProfileTable? _table;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<ProfileBook> _logger;
    private readonly ConcurrentDictionary<PeerId, ContactProfile> _others = new();

    // Of peers whose profile is not saved.
    private readonly ConcurrentDictionary<PeerId, ReadOnlyMemory<byte>> _pictures = new();
    private volatile PeerProfile _own = PeerProfile.None;

    /// <param name="table">Null to keep everything in memory only.</param>
    /// <exception cref="PeerStartException">The profiles cannot be read.</exception>
    public ProfileBook(ProfileTable? table, TimeProvider timeProvider, ILogger<ProfileBook> logger)
    {
        (_table, _timeProvider, _logger) = (table, timeProvider, logger);
        if (table is not null)
        {
            (_own, var others) = table.Load();
            _others = new ConcurrentDictionary<PeerId, ContactProfile>(others);
        }
    }

    /// <summary>This peer's profile. Its version is 0 until the user sets one.</summary>
    public PeerProfile Own => _own;

    /// <summary>Changes this peer's profile, and returns when that is saved.</summary>
    /// <exception cref="IOException">The change is in effect but could not be saved.</exception>
    public void ChangeOwn(Func<PeerProfile, PeerProfile> change)
    {
        lock (_gate)
        {
            var changed = change(_own);
            _own = changed with { Version = ProfileRules.NextVersion(_own.Version, _timeProvider.GetUtcNow()) };
            _table?.SaveOwn(_own);
        }
    }

    /// <returns>Null if that peer has sent none.</returns>
    public ContactProfile? Find(PeerId key) => _others.GetValueOrDefault(key);

    /// <returns>Empty if that peer has no picture.</returns>
    /// <exception cref="StoreException">The picture cannot be read.</exception>
    public ReadOnlyMemory<byte> PictureOf(PeerId key) =>
        _pictures.TryGetValue(key, out var picture) ? picture
        : _others.TryGetValue(key, out var profile) && profile.HasPicture ? _table?.PictureOf(key) ?? default
        : default;

    /// <summary>Takes a profile that was checked. It is saved in the background.</summary>
    /// <param name="isKept">Whether it survives this process.</param>
    public ContactProfile Take(PeerId key, PeerProfile profile, bool isKept)
    {
        if (!profile.Picture.IsEmpty && _others.Count(one => one.Value.HasPicture && one.Key != key) >= MaxPictures)
        {
            LogTooMany();
            profile = profile with { Picture = default };
        }

        var taken = new ContactProfile(
            profile.Version,
            DisplayNames.Clean(profile.DisplayName),
            !profile.Picture.IsEmpty
        );
        profile = profile with { DisplayName = taken.DisplayName ?? "" };
        // Until it is saved, a reader must not find the older picture.
        _pictures[key] = profile.Picture;
        _others[key] = taken;
        if (isKept && _table is { } table)
        {
            _ = SaveAsync(table, key, profile);
        }

        return taken;
    }

    /// <summary>Forgets the profile of a peer that is no longer a contact.</summary>
    public void Forget(PeerId key)
    {
        _ = _pictures.TryRemove(key, out _);
        if (_others.TryRemove(key, out _) && _table is { } table)
        {
            _ = DeleteAsync(table, key);
        }
    }

    private async Task SaveAsync(ProfileTable table, PeerId key, PeerProfile profile)
    {
        try
        {
            await table.SaveAsync(key, profile, _timeProvider.GetUtcNow());
            // Only this picture: a newer one may have arrived meanwhile.
            _ = _pictures.TryRemove(new KeyValuePair<PeerId, ReadOnlyMemory<byte>>(key, profile.Picture));
        }
        catch (StoreException exception)
        {
            // It is in memory, and asked for again after a restart.
            LogNotSaved(exception);
        }
    }

    private async Task DeleteAsync(ProfileTable table, PeerId key)
    {
        try
        {
            await table.DeleteAsync(key);
        }
        catch (StoreException exception)
        {
            LogNotSaved(exception);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A contact's profile could not be saved.")]
    private partial void LogNotSaved(Exception exception);

    [LoggerMessage(LogLevel.Warning, "A contact's picture was not kept, because there are too many.")]
    private partial void LogTooMany();
}
