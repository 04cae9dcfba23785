using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Protocol.Invites;

/// <summary>Why a text is not an invite link.</summary>
public enum InviteLinkError
{
    None,

    /// <summary>The text does not have the form of an invite link.</summary>
    NotALink,

    /// <summary>The link is from a newer version.</summary>
    UnknownVersion,

    /// <summary>The link has been cut off or altered.</summary>
    Damaged,
}

/// <summary>
/// What an inviter hands to a joiner (docs/protocol.md, section 16): the directory, the inviter's name and key, and a
/// secret. The fragment is never sent to the directory.
/// </summary>
/// <example><c>https://chat.example.org/i#1.alice.KEY.SECRETCHECK</c></example>
/// <param name="Directory">Base address of the directory: scheme, host and port.</param>
/// <param name="Inviter">The inviter's username.</param>
/// <param name="Key">The inviter's key.</param>
public sealed record InviteLink(Uri Directory, Username Inviter, PeerId Key, InviteSecret Secret)
{
    /// <summary>The longest content of a QR code, in characters: version 5-L in alphanumeric mode.</summary>
    public const int MaxQrLength = 154;

    private const string PathAndMark = "/i#";
    private const string Version = "1";
    private const string RoomVersion = "2";

    // Not a URL that a camera would open: the directory would receive the secret.
    private const string QrPrefix = "P2PCHAT:INVITE:";
    private const int MaxLength = 400;
    private const int CheckLength = 4;
    private const int KeyLength = (PeerId.Size * 8 + 4) / 5;
    private const int RoomLength = (RoomEventId.Size * 8 + 4) / 5;
    private const int SecretLength = (InviteSecret.Size * 8 + 4) / 5;

    /// <summary>
    /// The room to which the link invites (section 25.10); null if it makes the two contacts, and leads to no room.
    /// </summary>
    public RoomEventId? Room { get; init; }

    private static ReadOnlySpan<byte> CheckContext => "P2PChat invite check v1\0"u8;

    /// <summary>
    /// The content of a QR code, in alphanumeric mode (ISO/IEC 18004); null if the directory's address does not fit.
    /// </summary>
    public string? QrText
    {
        get
        {
            var (address, fields) = Parts();
            var text = $"{QrPrefix}{address}/{fields}{Check(address, fields)}"
                .ToUpperInvariant()
                .Replace("_", "%5F", StringComparison.Ordinal);
            return text.Length <= MaxQrLength && !address.Contains('[', StringComparison.Ordinal) ? text : null;
        }
    }

    /// <summary>Whether a directory's address can be part of a link: scheme, host and port only.</summary>
    public static bool CanName(Uri directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return directory is { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "" }
            && UriHost.IsValid(directory);
    }

    /// <summary>Parses a link or the content of its QR code, in either case and with white space around it.</summary>
    public static InviteLinkError TryParse(string? text, out InviteLink? link)
    {
        link = null;
        if (text?.Trim() is not { Length: > 0 and <= MaxLength } trimmed || !Ascii.IsValid(trimmed))
        {
            return InviteLinkError.NotALink;
        }

        var isQr = trimmed.StartsWith(QrPrefix, StringComparison.OrdinalIgnoreCase);
        var rest = isQr ? trimmed[QrPrefix.Length..] : trimmed;
        var mark = isQr ? rest.LastIndexOf('/') : rest.IndexOf(PathAndMark, StringComparison.OrdinalIgnoreCase);
        if (
            mark <= 0
            || !Uri.TryCreate(rest[..mark].ToLowerInvariant(), UriKind.Absolute, out var directory)
            || !CanName(directory)
        )
        {
            return InviteLinkError.NotALink;
        }

        var fields = rest[(mark + (isQr ? 1 : PathAndMark.Length))..];
        if (isQr)
        {
            fields = fields.Replace("%5F", "_", StringComparison.OrdinalIgnoreCase);
        }

        return fields.Split('.') switch
        {
            [Version, var name, var key, var secret] => Read(directory, name, key, room: null, secret, out link),
            [RoomVersion, var name, var key, var room, var secret] => Read(
                directory,
                name,
                key,
                room,
                secret,
                out link
            ),
            [Version or RoomVersion, ..] => InviteLinkError.Damaged,
            [{ Length: > 0 } version, _, ..] when version.All(char.IsAsciiDigit) => InviteLinkError.UnknownVersion,
            _ => InviteLinkError.Damaged,
        };
    }

    /// <summary>The link, which is a secret.</summary>
    public override string ToString()
    {
        var (address, fields) = Parts();
        return $"{address}{PathAndMark}{fields}{Check(address, fields)}";
    }

    private static InviteLinkError Read(
        Uri directory,
        string name,
        string key,
        string? room,
        string secretAndCheck,
        out InviteLink? link
    )
    {
        link = null;
        Span<byte> keyBytes = stackalloc byte[PeerId.Size];
        Span<byte> roomBytes = stackalloc byte[RoomEventId.Size];
        if (
            !Username.TryParse(name, out var inviter)
            || key.Length != KeyLength
            || secretAndCheck.Length != SecretLength + CheckLength
            || !Base32.TryDecode(key.ToUpperInvariant(), keyBytes)
            || (
                room is not null && (room.Length != RoomLength || !Base32.TryDecode(room.ToUpperInvariant(), roomBytes))
            )
            || !InviteSecret.TryDecode(secretAndCheck[..SecretLength].ToUpperInvariant(), out var secret)
        )
        {
            return InviteLinkError.Damaged;
        }

        var read = new InviteLink(directory, inviter, PeerId.FromHash(keyBytes), secret)
        {
            Room = room is null ? null : new RoomEventId(roomBytes),
        };
        var (address, fields) = read.Parts();
        if (!secretAndCheck[SecretLength..].Equals(Check(address, fields), StringComparison.OrdinalIgnoreCase))
        {
            return InviteLinkError.Damaged;
        }

        link = read;
        return InviteLinkError.None;
    }

    // Detects accidents only. A forged link is as good as its sender.
    private static string Check(string address, string fields) =>
        Base32.Encode(
            SHA256.HashData([.. CheckContext, .. Encoding.ASCII.GetBytes($"{address}{PathAndMark}{fields}")])
        )[..CheckLength];

    private (string Address, string Fields) Parts()
    {
        // International names in ASCII (RFC 5891), which would also remove the brackets of an IPv6 address.
        var host = Directory.HostNameType == UriHostNameType.IPv6 ? Directory.Host : Directory.IdnHost;
        var port = Directory.IsDefaultPort ? "" : $":{Directory.Port}";
        var (version, room) = Room is { } id ? (RoomVersion, $"{Base32.Encode(id.ToBytes())}.") : (Version, "");
        return (
            $"{Directory.Scheme}://{host}{port}",
            $"{version}.{Inviter}.{Base32.Encode(Key.Bytes)}.{room}{Secret.Encode()}"
        );
    }
}
