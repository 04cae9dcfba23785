using System.Collections.Concurrent;
using System.Security.Cryptography;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Storage;

/// <summary>This peer's own profile, and those that other peers have sent. Thread-safe.</summary>
internal sealed partial class ProfileBook
{
    /// <summary>How many pictures of contacts are saved. Beyond it, the one received first is dropped.</summary>
    internal const int MaxPictures = 1000;

    /// <summary>How many profiles that are not saved are kept.</summary>
    internal const int MaxUnsaved = 1000;

    /// <summary>How many pictures that are not saved are kept, 4 MiB in all.</summary>
    internal const int MaxUnsavedPictures = 64;

    private readonly Lock _gate = new();
    private readonly Lock _othersGate = new();
    private readonly LatestKeys _savedPictures = new(MaxPictures);
    private readonly LatestKeys _unsaved = new(MaxUnsaved);
    private readonly LatestKeys _unsavedPictures = new(MaxUnsavedPictures);
    private readonly ProfileTable? _table;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<ProfileBook> _logger;
    private readonly ConcurrentDictionary<PeerId, ContactProfile> _others = new();

    // Of peers whose profile is not saved, or not yet.
    private readonly ConcurrentDictionary<PeerId, ReadOnlyMemory<byte>> _pictures = new();
    private volatile PeerProfile _own = PeerProfile.None;

    /// <param name="table">Null to keep everything in memory only.</param>
    /// <exception cref="PeerStartException">The profiles cannot be read.</exception>
    public ProfileBook(ProfileTable? table, TimeProvider timeProvider, ILogger<ProfileBook> logger)
    {
        (_table, _timeProvider, _logger) = (table, timeProvider, logger);
        if (table is not null)
        {
            (_own, var others) = table.Load(LogDamaged);
            foreach (var (key, profile) in others)
            {
                _others[key] = profile;
                if (profile.HasPicture)
                {
                    _ = _savedPictures.Add(key);
                }
            }
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
            Save(change(_own));
        }
    }

    /// <summary>Gives an empty profile that was never set a version, so that it replaces an older one.</summary>
    /// <exception cref="IOException">The version is in effect but could not be saved.</exception>
    public void AllotVersion()
    {
        lock (_gate)
        {
            if (_own.Version == 0)
            {
                Save(_own);
            }
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
        var taken = new ContactProfile(
            profile.Version,
            DisplayNames.Clean(profile.DisplayName),
            !profile.Picture.IsEmpty
        );
        profile = profile with { DisplayName = taken.DisplayName ?? "" };
        lock (_othersGate)
        {
            // Until it is saved, a reader must not find the older picture.
            _pictures[key] = profile.Picture;
            _others[key] = taken;
            if (isKept && _table is { } table)
            {
                Saved(table, key, profile);
            }
            else
            {
                Unsaved(key, taken);
            }
        }

        return taken;
    }

    /// <summary>
    /// Forgets the profile of a peer that is no longer a contact. The store deletes it with the contact.
    /// </summary>
    public void Forget(PeerId key)
    {
        lock (_othersGate)
        {
            _ = _pictures.TryRemove(key, out _);
            _ = _others.TryRemove(key, out _);
            _savedPictures.Remove(key);
            _unsaved.Remove(key);
            _unsavedPictures.Remove(key);
        }
    }

    private void Save(PeerProfile own)
    {
        var jump = RandomNumberGenerator.GetInt32(ProfileRules.MaxVersionJump);
        _own = own with { Version = ProfileRules.NextVersion(_own.Version, _timeProvider.GetUtcNow(), jump) };
        _table?.SaveOwn(_own);
    }

    private void Saved(ProfileTable table, PeerId key, PeerProfile profile)
    {
        _unsaved.Remove(key);
        _unsavedPictures.Remove(key);
        _ = SaveAsync(table, key, profile);
        if (profile.Picture.IsEmpty)
        {
            _savedPictures.Remove(key);
        }
        else if (_savedPictures.Add(key) is { } oldest)
        {
            DropPicture(oldest);
            _ = DropSavedPictureAsync(table, oldest);
        }
    }

    private void Unsaved(PeerId key, ContactProfile taken)
    {
        if (_unsaved.Add(key) is { } oldest)
        {
            Forget(oldest);
        }

        if (!taken.HasPicture)
        {
            _unsavedPictures.Remove(key);
        }
        else if (_unsavedPictures.Add(key) is { } other)
        {
            DropPicture(other);
        }
    }

    // Without its version, the next link asks for it again.
    private void DropPicture(PeerId key)
    {
        _ = _pictures.TryRemove(key, out _);
        if (_others.TryGetValue(key, out var profile))
        {
            _others[key] = profile with { Version = 0, HasPicture = false };
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

    private async Task DropSavedPictureAsync(ProfileTable table, PeerId key)
    {
        try
        {
            await table.DropPictureAsync(key);
        }
        catch (StoreException exception)
        {
            LogNotSaved(exception);
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "The profile in row {Row} is damaged and is not shown. Row 0 is this peer's own: set it again. Contacts send "
            + "theirs again."
    )]
    private partial void LogDamaged(long row);

    [LoggerMessage(LogLevel.Warning, "A contact's profile could not be saved.")]
    private partial void LogNotSaved(Exception exception);
}
