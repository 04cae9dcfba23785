using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using P2PChat.ServiceDefaults;

namespace P2PChat.Tests.ServiceDefaults;

public sealed class BlockedOutputTests
{
    [Fact]
    public void Unread_log_output_drops_lines_instead_of_blocking()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddServiceDefaults();
        builder.Logging.AddConsole();
        using var host = builder.Build();

        Assert.Equal(
            ConsoleLoggerQueueFullMode.DropWrite,
            host.Services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.QueueFullMode
        );
    }
}
