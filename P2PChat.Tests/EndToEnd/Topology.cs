namespace P2PChat.Tests.EndToEnd;

/// <summary>
/// Tests that start a whole app run one after another, and share the app of <see cref="AppHostFixture"/>.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Topology : ICollectionFixture<AppHostFixture>
{
    public const string Name = "Topology";
}
