using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>The warning that the directory gave another key for an inviter than the invite.</summary>
public static class InviterKeyWarning
{
    public static string For(Username inviter) =>
        $"The directory gave another key for {inviter} than the invite. It may be lying; do not enter secrets. "
        + $"Tell {inviter}.";
}
