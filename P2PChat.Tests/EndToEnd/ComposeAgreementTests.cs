using P2PChat.Tests.AppHost;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>The committed compose file and the app that runs here come from one model.</summary>
[Collection(Topology.Name)]
public sealed class ComposeAgreementTests(AppHostFixture app)
{
    private static readonly string[] Ours =
    [
        "Peer__",
        "Directory__",
        "Telemetry__",
        "ConnectionStrings__",
        "services__",
    ];

    // What only a deployment needs: its secrets, and a fixed port for the health check.
    private static readonly string[] OfTheDeployment =
    [
        "Peer__Api",
        "Peer__JoinToken",
        "Directory__JoinToken",
        "Directory__OperatorKey",
    ];

    private static readonly string[] OfTheFixture = ["Directory__Lease", "Directory__RenewEvery"];

    [Theory]
    [InlineData("discovery")]
    [InlineData("alice")]
    [InlineData("bob")]
    [InlineData("echo")]
    public void A_service_is_told_what_the_process_of_the_same_name_is_told(string resource)
    {
        var service = ComposeYaml.Read()[resource];

        var here = MarkedProcesses
            .Variables(app.Processes(resource)[0])
            .Where(IsOurs)
            .Except(OfTheFixture)
            .Select(Unnumbered)
            .Distinct()
            .Order();

        Assert.Equal(here, service.Environment.Keys.Where(IsOurs).Except(OfTheDeployment).Select(Unnumbered).Order());
        Assert.Equal(resource, service.Environment["OTEL_SERVICE_NAME"]);
    }

    private static bool IsOurs(string name) => Ours.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    // services__discovery__http__0: how many there are is the orchestrator's business.
    private static string Unnumbered(string name) => name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
}
