namespace P2PChat.Tests.Hostile;

/// <summary>Tests that measure the machine or use all of it. They run one by one, when nothing else runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
