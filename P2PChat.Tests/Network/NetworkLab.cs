namespace P2PChat.Tests.Network;

/// <summary>Tests that run many peers as processes. One after the other, so that each has the machine's time.</summary>
[CollectionDefinition(Collection)]
public sealed class NetworkLab
{
    public const string Collection = "network lab";
}
