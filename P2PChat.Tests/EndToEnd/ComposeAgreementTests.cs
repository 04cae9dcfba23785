using P2PChat.Tests.AppHost;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>Compares the committed compose file with the running app.</summary>
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

    // Only a deployment has secrets, a fixed port for the health check, and a volume for files.
    private static readonly string[] DeploymentOnly =
    [
        "Peer__Api",
        "Peer__JoinToken",
        "Directory__JoinToken",
        "Directory__OperatorKey",
        "Directory__Files__Folder",
    ];

    private static readonly string[] FixtureOnly = ["Directory__Lease", "Directory__RenewEvery"];

    [Theory]
    [InlineData("discovery")]
    [InlineData("alice")]
    [InlineData("bob")]
    [InlineData("echo")]
    public void Compose_service_has_the_environment_of_the_local_process(string resource)
    {
        var service = ComposeYaml.Read()[resource];

        var here = MarkedProcesses
            .Variables(app.Processes(resource)[0])
            .Where(IsOurs)
            .Except(FixtureOnly)
            .Select(WithoutNumber)
            .Distinct()
            .Order();

        Assert.Equal(
            here,
            service.Environment.Keys.Where(IsOurs).Except(DeploymentOnly).Select(WithoutNumber).Distinct().Order()
        );
        Assert.Equal(resource, service.Environment["OTEL_SERVICE_NAME"]);
    }

    private static bool IsOurs(string name) => Ours.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    // The orchestrator decides how many services__discovery__http__0 there are, for example.
    private static string WithoutNumber(string name) => name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
}
