using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>What the peer is doing about its directory, as a person understands it.</summary>
/// <param name="Title">A few words.</param>
/// <param name="Sentence">What it means for the person.</param>
internal sealed record PeerWords(string Title, string Sentence, bool IsWell)
{
    public static PeerWords Of(PeerStatus status) =>
        status.Directory switch
        {
            DirectoryState.Registered when status.DirectoryDetail is { } trouble => new(
                "online, with a problem",
                trouble,
                false
            ),
            DirectoryState.Registered => new("online", "The directory has you on its list: others can find you.", true),
            DirectoryState.Registering => new(
                "signing up …",
                "Your peer is about to enter itself in the directory, so that others can find you.",
                false
            ),
            DirectoryState.Unreachable => new(
                "directory away",
                "The directory does not answer, so nobody new can find you, and you find nobody. Whom you are connected to stays connected. Your peer tries again by itself.",
                false
            ),
            _ => new("not listed", status.DirectoryDetail ?? "The directory refuses to list you.", false),
        };
}
