using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Services;

/// <summary>A picture of a person.</summary>
/// <param name="Version">The version of the profile that it belongs to.</param>
public sealed record ProfilePicture(ReadOnlyMemory<byte> Bytes, PictureHeader Header, long Version);

/// <summary>The user's display name and picture, and those of contacts. Thread-safe.</summary>
public sealed class ProfileService
{
    private readonly ProfileBook _profiles;
    private readonly Contacts _contacts;
    private readonly SessionTable _sessions;
    private readonly LocalChanges _changes;

    internal ProfileService(ProfileBook profiles, Contacts contacts, SessionTable sessions, LocalChanges changes)
    {
        (_profiles, _contacts, _sessions, _changes) = (profiles, contacts, sessions, changes);
    }

    /// <summary>This user's profile. Its version is 0 until they set one.</summary>
    public ContactProfile Own
    {
        get
        {
            var own = _profiles.Own;
            var name = own.DisplayName.Length > 0 ? own.DisplayName : null;
            return new ContactProfile(own.Version, name, !own.Picture.IsEmpty);
        }
    }

    /// <summary>This user's picture; null if there is none.</summary>
    public ProfilePicture? OwnPicture
    {
        get
        {
            var own = _profiles.Own;
            return PictureOf(own.Picture, own.Version);
        }
    }

    /// <returns>Null if the person with that key has sent no profile.</returns>
    public ContactProfile? Of(PeerId key) => _profiles.Find(key);

    /// <returns>Null if that person has sent no profile, or is blocked.</returns>
    public ContactProfile? Of(Username name) => KeyOf(name) is { } key ? _profiles.Find(key) : null;

    /// <returns>Null if that person has no picture.</returns>
    /// <exception cref="PeerException">The picture cannot be read.</exception>
    public ProfilePicture? PictureOf(Username name) =>
        KeyOf(name) is { } key && _profiles.Find(key) is { HasPicture: true } profile
            ? PictureOf(SessionTable.Guard(() => _profiles.PictureOf(key)), profile.Version)
            : null;

    /// <summary>Changes the display name, and soon sends it to the connected contacts.</summary>
    /// <param name="name">Null to remove it.</param>
    /// <exception cref="PeerException">The name is not valid, or could not be saved.</exception>
    public void SetDisplayName(string? name)
    {
        var valid = name is null
            ? ""
            : DisplayNames.Parse(name) ?? throw new PeerException(PeerError.BadDisplayName, DisplayNames.Rule);
        if (valid != _profiles.Own.DisplayName)
        {
            Change(own => own with { DisplayName = valid });
        }
    }

    /// <summary>Changes the picture, and soon sends it to the connected contacts.</summary>
    /// <exception cref="PeerException">The picture is not valid, or could not be saved.</exception>
    public void SetPicture(ReadOnlyMemory<byte> picture)
    {
        if (PictureProblem.Of(picture.Span, ProfileRules.MaxPictureBytes) is { } problem)
        {
            throw new PeerException(PeerError.BadPicture, problem);
        }

        if (!_profiles.Own.Picture.Span.SequenceEqual(picture.Span))
        {
            Change(own => own with { Picture = picture.ToArray() });
        }
    }

    /// <summary>Removes the picture, also at the connected contacts.</summary>
    /// <exception cref="PeerException">The change could not be saved.</exception>
    public void RemovePicture()
    {
        if (!_profiles.Own.Picture.IsEmpty)
        {
            Change(own => own with { Picture = default });
        }
    }

    private void Change(Func<PeerProfile, PeerProfile> change)
    {
        try
        {
            Saving.Apply(() => _profiles.ChangeOwn(change));
        }
        finally
        {
            foreach (var session in _sessions.All)
            {
                session.Profiles.Send();
            }

            _changes.Publish();
        }
    }

    private PeerId? KeyOf(Username name) =>
        _contacts.Find(name) is { } contact ? (contact.Blocked ? null : contact.PeerId) : _sessions.Find(name)?.Remote;

    private static ProfilePicture? PictureOf(ReadOnlyMemory<byte> bytes, long version) =>
        PictureHeader.Read(bytes.Span) is { } header ? new ProfilePicture(bytes, header, version) : null;
}
