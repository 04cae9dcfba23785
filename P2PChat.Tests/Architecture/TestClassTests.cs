namespace P2PChat.Tests.Architecture;

/// <summary>Keeps test classes to what xunit supports.</summary>
public sealed class TestClassTests
{
    // Of a class that only implements IAsyncDisposable, xunit 2 would leave everything running.
    [Fact]
    public void Test_class_with_async_disposal_implements_IAsyncLifetime() =>
        Assert.Empty(
            from type in typeof(TestClassTests).Assembly.GetTypes()
            where type.IsAssignableTo(typeof(IAsyncDisposable)) && !type.IsAssignableTo(typeof(IAsyncLifetime))
            where type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true))
            select type.Name
        );
}
