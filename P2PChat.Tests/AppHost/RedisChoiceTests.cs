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
    public void Mode_and_available_programs_decide_the_choice(
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
    public void External_mode_with_a_connection_string_is_accepted()
    {
        var choice = RedisChoice.Choose("external", MustNotProbe, MustNotProbe, () => true);

        Assert.Equal(RedisMode.External, choice.Mode);
    }

    [Fact]
    public void Mode_none_probes_nothing()
    {
        Assert.Equal(RedisMode.None, RedisChoice.Choose("none", MustNotProbe, MustNotProbe, MustNotProbe).Mode);
    }

    [Theory]
    [InlineData("sometimes", "auto, container, process, external or none")]
    [InlineData("", "auto, container, process, external or none")]
    [InlineData("container", "Start Docker")]
    [InlineData("process", "Install Redis")]
    [InlineData("external", "ConnectionStrings:redis")]
    public void Unusable_mode_is_refused_with_advice(string mode, string advice)
    {
        var refusal = Assert.Throws<SettingException>(() =>
            RedisChoice.Choose(mode, () => false, () => false, () => false)
        );

        Assert.Contains(advice, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Redis:Mode", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Published_app_runs_Redis_in_a_container()
    {
        var configuration = new ConfigurationManager { ["AppHost:Operation"] = "publish", ["Redis:Mode"] = "external" };

        Assert.Equal(RedisMode.Container, RedisChoice.From(configuration).Mode);
    }

    private static bool MustNotProbe() => throw new InvalidOperationException("The machine must not be probed.");
}
