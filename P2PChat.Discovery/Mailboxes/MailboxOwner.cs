using P2PChat.Discovery.Http;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// The owner that a request claims to be: a name and its lease token. The store checks whether the token holds.
/// </summary>
internal readonly record struct MailboxOwner(Username Name, string TokenHash)
{
    /// <exception cref="ProblemException">The name is invalid, or the token is missing or another name's.</exception>
    public static MailboxOwner Of(HttpContext context, string username)
    {
        if (!Username.TryParse(username, out var name))
        {
            throw new ProblemException(Problems.InvalidUsername());
        }

        return BearerToken.Read(context.Request) is { } token && token.Username == name
            ? new MailboxOwner(name, token.Hash)
            : throw new ProblemException(Problems.LeaseTokenUnknown());
    }
}
