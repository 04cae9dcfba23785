namespace P2PChat.Tests.Network;

/// <summary>Tests that run many peers as processes, one test after the other, so that each has the machine.</summary>
[CollectionDefinition(Collection)]
public sealed class NetworkLab
{
    public const string Collection = "network lab";
}
