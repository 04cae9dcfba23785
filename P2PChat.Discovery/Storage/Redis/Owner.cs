namespace P2PChat.Discovery.Storage.Redis;

/// <summary>The text under which <c>members.lua</c> counts what a peer or an address has done.</summary>
internal static class Owner
{
    public static string Identity(string peerId) => "i:" + peerId;

    public static string Address(string claimant) => "a:" + claimant;
}
