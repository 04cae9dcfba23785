using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailbox;

/// <summary>Whose mailbox a request is about, and the lease token that shows it. The store says whether it holds.</summary>
internal readonly record struct MailboxOwner(Username Name, string TokenHash)
{
    /// <exception cref="ProblemException">The name is none, or the token another's or none.</exception>
    public static MailboxOwner Of(HttpContext context, string username)
    {
        if (!Username.TryParse(username, out var name))
        {
            throw new ProblemException(Problems.InvalidUsername());
        }

        return LeaseToken.FromBearer(context.Request) is { } token && token.Username == name
            ? new MailboxOwner(name, token.Hash)
            : throw new ProblemException(Problems.LeaseTokenUnknown());
    }
}
