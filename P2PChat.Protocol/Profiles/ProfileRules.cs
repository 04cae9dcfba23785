using Google.Protobuf;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Profiles;

/// <summary>What is wrong with a profile or its picture.</summary>
public enum ProfileProblem
{
    None,

    /// <summary>The version is 0 or above 2^63 - 1. Such a profile is not taken at all.</summary>
    Version,

    /// <summary>The picture is longer than <see cref="ProfileRules.MaxPictureBytes"/>.</summary>
    PictureSize,

    /// <summary>The picture is not a PNG, JPEG or WebP file, or is animated.</summary>
    PictureFormat,

    /// <summary>The picture is wider or higher than <see cref="ProfileRules.MaxPictureSide"/>.</summary>
    PictureDimensions,
}

/// <summary>The rules for profiles (docs/protocol.md, section 22).</summary>
public static class ProfileRules
{
    /// <summary>The longest display name, in UTF-16 code units.</summary>
    public const int MaxDisplayNameLength = 64;

    /// <summary>The largest picture, in bytes.</summary>
    public const int MaxPictureBytes = 64 * 1024;

    /// <summary>The largest width and height of a picture, in pixels.</summary>
    public const int MaxPictureSide = 512;

    /// <summary>The limit, exclusive, of the random part of a version that is ahead of the clock.</summary>
    public const int MaxVersionJump = 1 << 20;

    /// <summary>Returns the version of a changed profile.</summary>
    /// <param name="last">The version of the profile so far.</param>
    /// <param name="jump">
    /// From 0 to <see cref="MaxVersionJump"/> - 1, random. Without it, a peer that was restored from a backup could
    /// use a version again, for another profile.
    /// </param>
    public static long NextVersion(long last, DateTimeOffset now, int jump)
    {
        var time = now.ToUnixTimeMilliseconds();
        return last < time || last >= long.MaxValue - MaxVersionJump ? time : last + 1 + jump;
    }

    /// <summary>Checks a picture by its size, its bytes and its header.</summary>
    public static ProfileProblem Check(ReadOnlySpan<byte> picture) =>
        picture.IsEmpty ? ProfileProblem.None
        : picture.Length > MaxPictureBytes ? ProfileProblem.PictureSize
        : PictureHeader.Read(picture) is not { } header ? ProfileProblem.PictureFormat
        : header is { Width: > MaxPictureSide } or { Height: > MaxPictureSide } ? ProfileProblem.PictureDimensions
        : ProfileProblem.None;

    /// <summary>Reads a profile that has arrived. One with a bad picture is taken without the picture.</summary>
    /// <returns>Null if the profile cannot be taken.</returns>
    public static PeerProfile? Read(Profile frame, out ProfileProblem problem)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (frame.Version is 0 or > long.MaxValue)
        {
            problem = ProfileProblem.Version;
            return null;
        }

        problem = Check(frame.Picture.Span);
        var picture = problem == ProfileProblem.None ? frame.Picture.Memory : default;
        return new PeerProfile((long)frame.Version, frame.DisplayName, picture);
    }

    /// <summary>The frame that sends a profile.</summary>
    public static Profile ToFrame(PeerProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new Profile
        {
            Version = (ulong)profile.Version,
            DisplayName = profile.DisplayName,
            Picture = UnsafeByteOperations.UnsafeWrap(profile.Picture),
        };
    }
}
