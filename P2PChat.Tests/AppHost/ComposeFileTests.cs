using System.Text.RegularExpressions;
using P2PChat.Discovery.Configuration;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.AppHost;

/// <summary>Checks the committed deploy/docker-compose.yaml.</summary>
public sealed partial class ComposeFileTests
{
    private static readonly string[] Peers = ["alice", "bob", "echo", "carol"];
    private static readonly string[] Transports = ["udp", "tcp"];

    private static readonly string[] Checks =
    [
        "CMD healthy 8080",
        "CMD-SHELL REDISCLI_AUTH=$$REDIS_PASSWORD redis-cli ping | grep -q PONG",
    ];

    private readonly ComposeYaml _file = ComposeYaml.Read();

    [Fact]
    public void File_has_a_store_a_directory_a_dashboard_and_the_peers()
    {
        Assert.Equal(
            ["compose-dashboard", "redis", "discovery", .. Peers],
            _file.Services.Select(service => service.Name)
        );
    }

    [Fact]
    public void Each_service_has_a_pinned_image_a_restart_policy_and_a_check()
    {
        foreach (var service in _file.Services)
        {
            Assert.Matches(PinnedImage(), service.Text("image"));
            Assert.Equal("unless-stopped", service.Text("restart"));
        }

        foreach (var service in _file.Services.Where(service => service.Name != "compose-dashboard"))
        {
            // Neither check starts a runtime: one is a bash script, the other Redis's client.
            Assert.Contains(string.Join(' ', service.Texts("healthcheck", "test")), Checks);
            Assert.Equal(["ALL"], service.Texts("cap_drop"));
        }
    }

    [Fact]
    public void Dependent_service_waits_until_the_other_is_healthy()
    {
        Assert.Equal("service_healthy", _file["discovery"].Text("depends_on", "redis", "condition"));
        Assert.All(Peers, peer =>
            Assert.Equal("service_healthy", _file[peer].Text("depends_on", "discovery", "condition"))
        );
    }

    [Fact]
    public void All_peers_share_one_image_that_the_file_builds()
    {
        var image = Assert.Single(Peers.Select(peer => _file[peer].Text("image")).Distinct());

        Assert.NotEqual(image, _file["discovery"].Text("image"));
        Assert.Equal("peer", _file["alice"].Text("build", "target"));
        Assert.All(Peers.Skip(1), peer => Assert.Equal("never", _file[peer].Text("pull_policy")));
        foreach (var service in new[] { "discovery", "alice" })
        {
            Assert.Equal("..", _file[service].Text("build", "context"));
            var dockerfile = File.ReadAllText(RepositoryFile.PathOf(_file[service].Text("build", "dockerfile")));
            Assert.Contains($" AS {_file[service].Text("build", "target")}\n", dockerfile, StringComparison.Ordinal);
        }
    }

    // Blazor's script. deploy/smoke.sh requests it from a real image.
    [Fact]
    public void Page_package_is_restored_before_the_sources_are_copied()
    {
        var dockerfile = File.ReadAllText(RepositoryFile.PathOf("deploy/Dockerfile"));

        Assert.InRange(
            dockerfile.IndexOf("dotnet restore", StringComparison.Ordinal),
            0,
            dockerfile.IndexOf("COPY P2PChat.Peer P2PChat.Peer", StringComparison.Ordinal)
        );
        Assert.Contains(
            "<RequiresAspNetWebAssets>true</",
            File.ReadAllText(RepositoryFile.PathOf("P2PChat.Peer/P2PChat.Peer.csproj")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Images_do_not_run_as_root()
    {
        var stages = File.ReadAllText(RepositoryFile.PathOf("deploy/Dockerfile")).Split("\nFROM ")[2..];

        // Earlier stages only build, and are not part of the images.
        Assert.Equal(2, stages.Length);
        // APP_UID of the base images is 1654.
        Assert.All(stages, stage => Assert.Contains("\nUSER $APP_UID\n", stage, StringComparison.Ordinal));
        Assert.Equal("redis", _file["redis"].Text("user"));
    }

    [Fact]
    public void Only_directory_and_dashboard_are_published_to_loopback_by_default()
    {
        Assert.Equal(
            [
                "${DIRECTORY_ADDRESS:-127.0.0.1:5000}:8080",
                .. from port in StunOptions.DefaultPorts
                from transport in Transports
                select $"${{STUN_ADDRESS:-127.0.0.1}}:{port}:{port}/{transport}",
            ],
            _file["discovery"].Texts("ports")
        );
        Assert.Equal(["127.0.0.1:18888:18888"], _file["compose-dashboard"].Texts("ports"));
        Assert.All(_file.Services.Where(service => service.Name is not ("discovery" or "compose-dashboard")), service =>
            Assert.Empty(service.Texts("ports"))
        );
    }

    [Fact]
    public void Only_the_directory_reaches_Redis()
    {
        Assert.Equal(["store"], _file["redis"].Texts("networks"));
        Assert.Equal(
            ["discovery", "redis"],
            _file
                .Services.Where(service => service.Texts("networks").Contains("store"))
                .Select(service => service.Name)
                .Order()
        );
        Assert.Equal("true", _file.Root.Text("networks", "store", "internal"));
    }

    [Fact]
    public void Persistent_data_is_in_volumes()
    {
        Assert.Contains(
            "--appendonly yes",
            string.Join(' ', _file["redis"].Texts("command")),
            StringComparison.Ordinal
        );
        foreach (var service in Peers.Prepend("redis"))
        {
            Assert.Equal($"{service}-data", _file[service].Text("volumes", "0", "source"));
            Assert.Equal("/data", _file[service].Text("volumes", "0", "target"));
            Assert.Equal("local", _file.Root.Text("volumes", $"{service}-data", "driver"));
        }
    }

    [Fact]
    public void Secrets_are_variables_that_the_example_file_lists()
    {
        var text = File.ReadAllText(RepositoryFile.PathOf("deploy/docker-compose.yaml"));
        var used = Variable().Matches(text).Select(match => match.Groups["name"].Value).ToHashSet();
        var asked = File.ReadAllLines(RepositoryFile.PathOf("deploy/.env.example"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('=')[0]);

        Assert.Equal(used.Order(), asked.Order());
        foreach (
            var (name, value) in _file
                .Services.SelectMany(service => service.Environment)
                .Where(each => SecretName().IsMatch(each.Key))
        )
        {
            Assert.True(value.Contains("${", StringComparison.Ordinal), $"{name} is inline.");
        }
        // An incomplete .env gives Compose's error message instead of a service without its secret.
        foreach (var secret in new[] { "REDIS_PASSWORD", "JOIN_TOKEN", "DASHBOARD_TOKEN" })
        {
            Assert.All(Variable().Matches(text).Where(match => match.Groups["name"].Value == secret), match =>
                Assert.Contains(":?", match.Value, StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public void Forwarded_addresses_are_not_trusted()
    {
        Assert.All(_file.Services, service =>
            Assert.DoesNotContain("ASPNETCORE_FORWARDEDHEADERS_ENABLED", service.Environment.Keys)
        );
    }

    [Fact]
    public void Advertised_peer_address_is_reachable()
    {
        foreach (var peer in Peers)
        {
            var environment = _file[peer].Environment;
            Assert.Equal($"{peer}:{environment["Peer__Port"]}", environment["Peer__Advertise"]);
            Assert.Equal([environment["Peer__Port"]], _file[peer].Texts("expose"));
        }
    }

    [GeneratedRegex(@"^[a-z0-9./-]+:\d+(\.\d+)*$")]
    private static partial Regex PinnedImage();

    [GeneratedRegex(@"(?<!\$)\$\{(?<name>[A-Z_]+)[^}]*\}")]
    private static partial Regex Variable();

    [GeneratedRegex("Token|Password|PASSWORD|Key|TOKEN|_URI|ConnectionStrings__redis")]
    private static partial Regex SecretName();
}
