namespace P2PChat.Tests.EndToEnd;

/// <summary>The tests that start a whole app: one after another, and all that can share <see cref="AppHostFixture"/>'s one app.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Topology : ICollectionFixture<AppHostFixture>
{
    public const string Name = "Topology";
}
