using Microsoft.Extensions.Configuration;
using P2PChat.AppHost;

namespace P2PChat.Tests.AppHost;

/// <summary>A test that starts a container; skipped where no runtime answers. It says <c>[Trait("Requires", "Container")]</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ContainerFactAttribute : FactAttribute
{
    public ContainerFactAttribute()
    {
        try
        {
            _ = RedisChoice.From(new ConfigurationBuilder().AddInMemoryCollection([new("Redis:Mode", "container")]).Build());
        }
        catch (SettingException missing)
        {
            Skip = missing.Message;
        }
    }
}
