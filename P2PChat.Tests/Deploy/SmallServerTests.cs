using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.AppHost;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Deploy;

/// <summary>Checks deploy/small-server, and runs the directory and the proxy with its settings.</summary>
public sealed partial class SmallServerTests : IDisposable
{
    private const string Folder = "deploy/small-server";
    private const string JoinToken = "a join token";

    private readonly ComposeYaml _file = ComposeYaml.Read($"{Folder}/docker-compose.yaml");
    private readonly string _data = Directory.CreateTempSubdirectory("p2pchat-small-server-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void Services_are_pinned_confined_and_restarted()
    {
        Assert.Equal(["directory", "proxy"], _file.Services.Select(service => service.Name));
        foreach (var service in _file.Services)
        {
            Assert.Matches(@"^[a-z0-9./-]+:\d+(\.\d+)*$", service.Text("image"));
            Assert.Equal("unless-stopped", service.Text("restart"));
            Assert.Equal(["ALL"], service.Texts("cap_drop"));
            Assert.Equal(["no-new-privileges:true"], service.Texts("security_opt"));
            Assert.Equal("true", service.Text("read_only"));
        }

        Assert.Equal(["NET_BIND_SERVICE"], _file["proxy"].Texts("cap_add"));
        Assert.Equal("service_healthy", _file["proxy"].Text("depends_on", "directory", "condition"));
    }

    [Fact]
    public void Image_of_the_directory_can_write_to_its_volume()
    {
        var dockerfile = File.ReadAllText(RepositoryFile.PathOf("deploy/Dockerfile"));
        var stage = dockerfile.Split("\nFROM ").Single(stage => stage.Contains(" AS discovery\n"));

        Assert.Equal("../..", _file["directory"].Text("build", "context"));
        Assert.Equal("discovery", _file["directory"].Text("build", "target"));
        Assert.Equal("/data", _file["directory"].Text("volumes", "0", "target"));
        Assert.Contains("chown $APP_UID:$APP_UID /data", stage, StringComparison.Ordinal);
        Assert.StartsWith("/data/", _file["directory"].Environment["Directory__Data"], StringComparison.Ordinal);
        Assert.All(_file.Services, service =>
            Assert.All(service.Mapping("volumes"), volume => Assert.NotEmpty(volume.Text("source")))
        );
    }

    [Fact]
    public void Required_variables_are_in_the_example_file()
    {
        var text = File.ReadAllText(RepositoryFile.PathOf($"{Folder}/docker-compose.yaml"));
        var used = Variable().Matches(text).ToDictionary(match => match.Groups["name"].Value, match => match.Value);
        var asked = File.ReadAllLines(RepositoryFile.PathOf($"{Folder}/.env.example"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('=')[0]);

        Assert.Equal(used.Keys.Order(), asked.Order());
        Assert.All(["DOMAIN", "JOIN_TOKEN"], name => Assert.Contains(":?", used[name], StringComparison.Ordinal));
    }

    [Fact]
    public void Directory_settings_are_known_and_valid()
    {
        var settings = Settings()
            .Where(each => each.Key.StartsWith("Directory__", StringComparison.Ordinal))
            .ToDictionary(each => each.Key.Replace("__", ":", StringComparison.Ordinal), each => (string?)each.Value);
        var options = new ConfigurationBuilder()
            .AddInMemoryCollection(settings)
            .Build()
            .GetSection(DirectoryOptions.Section)
            .Get<DirectoryOptions>(binder => binder.ErrorOnUnknownConfiguration = true)!;

        Assert.True(new DirectoryOptionsValidator().Validate(null, options).Succeeded);
        Assert.Equal(["127.0.0.1"], options.KnownProxies);
        Assert.Equal(JoinToken, options.JoinToken);
        Assert.Equal(["::"], options.Stun.Addresses);
    }

    [Fact]
    public async Task Directory_runs_and_listens_on_loopback_only()
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");
        Assert.StartsWith("http://127.0.0.1:", Settings()["ASPNETCORE_URLS"], StringComparison.Ordinal);

        await using var directory = await StartDirectoryAsync(address);
        using var stranger = await GetAsync(address, null, IPAddress.Loopback);
        using var member = await GetAsync(address, JoinToken, IPAddress.Loopback);

        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        Assert.Equal(HttpStatusCode.OK, member.StatusCode);
        Assert.NotEmpty(Directory.EnumerateFileSystemEntries(_data));
    }

    [Fact]
    [Trait("Requires", "Caddy")]
    public async Task Rate_limits_count_the_callers_behind_the_proxy()
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");
        var outside = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");
        await using var directory = await StartDirectoryAsync(
            address,
            new()
            {
                ["Directory__RateLimits__Calls__Burst"] = "5",
                ["Directory__RateLimits__Calls__PerSecond"] = "0.01",
            }
        );
        await using var proxy = await ProductProcess.StartCommandAsync(
            ["caddy", "run", "--adapter", "caddyfile", "--config", RepositoryFile.PathOf($"{Folder}/Caddyfile")],
            new Uri(outside, "/health"),
            new Dictionary<string, string>
            {
                ["DOMAIN"] = $"http://:{outside.Port}",
                ["DIRECTORY"] = address.Authority,
                ["XDG_DATA_HOME"] = _data,
                ["XDG_CONFIG_HOME"] = _data,
            }
        );

        for (var i = 0; i < 5; i++)
        {
            using var allowed = await GetAsync(outside, JoinToken, IPAddress.Loopback, $"10.0.0.{i}");
            Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        }

        // The proxy replaces the address that a caller claims to forward.
        using var refused = await GetAsync(outside, JoinToken, IPAddress.Loopback, "10.0.0.6");
        using var another = await GetAsync(outside, JoinToken, IPAddress.Parse("127.0.0.2"));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, another.StatusCode);
    }

    // The environment of the directory, with a filled-in .env.
    private Dictionary<string, string> Settings() =>
        _file["directory"]
            .Environment.ToDictionary(
                each => each.Key,
                each =>
                    Variable().Replace(each.Value, match => match.Groups["name"].Value is "JOIN_TOKEN" ? JoinToken : "")
            );

    private Task<ProductProcess> StartDirectoryAsync(Uri address, Dictionary<string, string>? more = null)
    {
        var environment = Settings();
        environment["ASPNETCORE_URLS"] = address.OriginalString;
        environment["Directory__Stun__Addresses__0"] = "127.0.0.1";
        environment["Directory__Stun__Ports__0"] = $"{LoopbackPort.Next()}";
        environment["Directory__Data"] = environment["Directory__Data"]
            .Replace("/data", Path.Combine(_data, "volume"), StringComparison.Ordinal);
        Directory.CreateDirectory(
            Path.Combine(_data, "volume"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        foreach (var (name, value) in more ?? [])
        {
            environment[name] = value;
        }

        return ProductProcess.StartAsync(
            typeof(DirectoryOptions).Assembly.Location,
            new Uri(address, "/health"),
            environment
        );
    }

    // From one of the addresses of this machine.
    private static async Task<HttpResponseMessage> GetAsync(
        Uri address,
        string? joinToken,
        IPAddress from,
        string? forwardedFor = null
    )
    {
        using var http = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancellationToken) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(new IPEndPoint(from, 0));
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/peers"));
        if (joinToken is not null)
        {
            request.Headers.Add(DirectoryHeaders.JoinToken, joinToken);
        }

        if (forwardedFor is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwardedFor);
        }

        return await http.SendAsync(request);
    }

    [GeneratedRegex(@"(?<!\$)\$\{(?<name>[A-Z_]+)[^}]*\}")]
    private static partial Regex Variable();
}
