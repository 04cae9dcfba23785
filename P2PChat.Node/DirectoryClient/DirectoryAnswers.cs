using P2PChat.Protocol.DirectoryApi;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Checks that a directory's answer is complete and usable, because JSON may omit any member.</summary>
internal static class DirectoryAnswers
{
    private const int MaxTokenLength = 1000;
    private const int MaxIdLength = 64;

    public static bool IsComplete(object answer) =>
        answer switch
        {
            DirectoryInfo info => info is { DirectoryId: not null },
            RegistrationResponse registered => IsToken(registered.LeaseToken),
            PeerListing listing => listing.Peers is not null
                && listing.Peers.All(peer => peer is { Username: not null, PeerId: not null }),
            PeerDetails details => details
                is { Username: not null, PeerId: not null }
                    and (
                        { Signed: null }
                        or { Signed: { Record: not null, Signature: not null, PublicKey: not null } }
                    ),
            // Ids become part of a URL.
            MailboxPage page => page.Envelopes is not null
                && page.Envelopes.All(envelope => envelope is { Envelope: not null } && IsId(envelope.Id))
                && (page.Next is null || IsId(page.Next)),
            FileListing listing => listing.Files is not null
                && listing.Files.All(file => file is { Digest: not null, Size: > 0 } && FileIds.IsValid(file.Id)),
            PathSessionResponse session => IsSession(session.SessionId, session.Token),
            SessionSignal signal => IsSession(signal.SessionId, signal.Token),
            PathSignal signal => IsId(signal.SessionId) && signal.Signal is { Kind: not null },
            _ => true,
        };

    // The id becomes part of a URL, and the token of a header.
    private static bool IsSession(string? id, string? token) => IsId(id) && IsToken(token);

    private static bool IsToken(string? token) =>
        token is { Length: > 0 and <= MaxTokenLength } && token.All(c => c is > ' ' and <= '~');

    private static bool IsId(string? id) =>
        id is { Length: > 0 and <= MaxIdLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
