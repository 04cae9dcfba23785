using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>The warning that the directory's key for an inviter differs from the one in the invite.</summary>
public static class InviterKeyWarning
{
    public static string For(Username inviter) =>
        $"The directory's key for {inviter} differs from the key in the invite. The directory may be lying, so "
        + $"this peer does not connect. Tell {inviter} in another way.";
}
