using System.Net;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>A directory process with STUN and relay, on a public machine of the lab.</summary>
internal sealed class LabDirectory : IAsyncDisposable
{
    public const int Port = 5000;

    private readonly ProductProcess _process;

    private LabDirectory(ProductProcess process) => _process = process;

    public string Output => _process.Output;

    /// <summary>The address at which a machine reaches it.</summary>
    public static Uri AddressFor(LabMachine server, bool ipv6) =>
        new(ipv6 ? $"http://[{server.Ipv6}]:{Port}" : $"http://{server.Ipv4}:{Port}");

    /// <param name="settings">Configuration under <c>Directory:</c>, such as <c>Relay__Enabled</c>.</param>
    public static async Task<LabDirectory> StartAsync(
        LabMachine server,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        using var http = InNamespace.Http(server.Namespace);
        var ready = new Uri($"http://{IPAddress.Loopback}:{Port}/health");
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://[::]:{Port}",
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            environment[$"Directory__{name}"] = value;
        }

        return new LabDirectory(
            await ProductProcess.StartCommandAsync(
                LabPrograms.Command(server, LabPrograms.Directory),
                _ => ProductProcess.IsReadyAsync(http, ready),
                environment
            )
        );
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
