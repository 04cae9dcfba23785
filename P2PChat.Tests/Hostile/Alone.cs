namespace P2PChat.Tests.Hostile;

/// <summary>Tests that measure or saturate the machine. They run one by one, without others in parallel.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
