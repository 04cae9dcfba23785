using Microsoft.Extensions.Configuration;
using P2PChat.AppHost;

namespace P2PChat.Tests.AppHost;

public sealed class RedisChoiceTests
{
    [Theory]
    [InlineData("auto", true, true, RedisMode.Container)]
    [InlineData("auto", false, true, RedisMode.Process)]
    [InlineData("auto", false, false, RedisMode.None)]
    [InlineData("AUTO", false, true, RedisMode.Process)]
    [InlineData("container", true, false, RedisMode.Container)]
    [InlineData("process", true, true, RedisMode.Process)]
    [InlineData("none", true, true, RedisMode.None)]
    public void The_mode_and_what_the_machine_has_decide(
        string mode,
        bool hasContainers,
        bool hasRedisServer,
        RedisMode expected
    )
    {
        var choice = RedisChoice.Choose(mode, () => hasContainers, () => hasRedisServer, () => false);

        Assert.Equal(expected, choice.Mode);
        Assert.StartsWith("Redis: ", choice.Line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', choice.Line);
    }

    [Fact]
    public void An_external_redis_is_the_one_that_the_connection_string_names()
    {
        var choice = RedisChoice.Choose("external", Unasked, Unasked, () => true);

        Assert.Equal(RedisMode.External, choice.Mode);
    }

    [Fact]
    public void No_redis_asks_nothing_of_the_machine()
    {
        Assert.Equal(RedisMode.None, RedisChoice.Choose("none", Unasked, Unasked, Unasked).Mode);
    }

    [Theory]
    [InlineData("sometimes", "auto, container, process, external, none")]
    [InlineData("", "auto, container, process, external, none")]
    [InlineData("container", "start Docker")]
    [InlineData("process", "install Redis")]
    [InlineData("external", "ConnectionStrings:redis")]
    public void A_mode_that_cannot_be_is_refused_with_what_to_do(string mode, string advice)
    {
        var refusal = Assert.Throws<SettingException>(() =>
            RedisChoice.Choose(mode, () => false, () => false, () => false)
        );

        Assert.Contains(advice, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Redis:Mode", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Published_app_has_redis_in_a_container()
    {
        var configuration = new ConfigurationManager { ["AppHost:Operation"] = "publish", ["Redis:Mode"] = "external" };

        Assert.Equal(RedisMode.Container, RedisChoice.From(configuration).Mode);
    }

    private static bool Unasked() => throw new InvalidOperationException("This is not to be asked.");
}
