namespace P2PChat.Tests.Hostile;

/// <summary>Tests that load the machine or measure it: one after another, when nothing else runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
