using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>Explains the peer's registration with its directory.</summary>
/// <param name="Title">A few words.</param>
/// <param name="Sentence">What it means for the user.</param>
internal sealed record DirectoryStatusText(string Title, string Sentence, bool IsHealthy)
{
    public static DirectoryStatusText Of(PeerStatus status) =>
        status.Directory switch
        {
            DirectoryState.Registered when status.DirectoryDetail is { } problem => new(
                "online, with a problem",
                problem,
                false
            ),
            DirectoryState.Registered => new("online", "Registered in the directory: others can find you.", true),
            DirectoryState.Registering => new(
                "registering …",
                "Your peer is registering with the directory, so that others can find you.",
                false
            ),
            DirectoryState.Unreachable => new(
                "cannot reach the directory",
                "The directory cannot be reached, so you cannot find new people, and they cannot find you. "
                    + "Existing connections are unaffected. Your peer keeps trying.",
                false
            ),
            _ => new("not listed", status.DirectoryDetail ?? "The directory refuses to list you.", false),
        };
}
