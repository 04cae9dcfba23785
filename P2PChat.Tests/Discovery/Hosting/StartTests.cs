using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Hosting;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Hosting;

/// <summary>The start of the directory, its errors, and its stop.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("Directory:Lease=30", "Directory:Lease is 30.00:00:00")]
    [InlineData("Directory:Lease=00:00:10", "Directory:RenewEvery ")]
    [InlineData("Directory:SweepEvery=00:00:05", "Directory:SweepEvery is 00:00:05")]
    [InlineData("Directory:RenewJitter=0.9", "Directory:RenewJitter ")]
    [InlineData("Directory:ClaimsInTotal=0", "Directory:ClaimsInTotal is 0")]
    [InlineData("Directory:KnownProxies:0=proxy.example", "'proxy.example'")]
    [InlineData("Directory:RateLimits:Calls:Burst=0", "Directory:RateLimits:Calls ")]
    [InlineData("Directory:OperatorKey=short", "Directory:OperatorKey ")]
    [InlineData("Directory:Stun:Ports:0=70000", "Directory:Stun:Ports contains 70000")]
    [InlineData("Directory:Stun:Addresses:0=everywhere", "Directory:Stun:Addresses contains 'everywhere'")]
    [InlineData("Directory:Stun:AlternateAddress=192.0.2.2", "Directory:Stun:AlternateAddress needs exactly one")]
    [InlineData("Directory:Stun:Host=not a host", "Directory:Stun:Host is 'not a host'")]
    [InlineData("Directory:Stun:IdleTimeout=00:00:00", "Directory:Stun:IdleTimeout ")]
    [InlineData("Directory:PageSize=2000", "Directory:PageSize ")]
    [InlineData("ConnectionStrings:redis=redis:6379,nonsense=1,password=secret", "ConnectionStrings:redis ")]
    public async Task Invalid_option_fails_the_start_and_is_named(string setting, string expected)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            DirectoryFixture.StartAsync(setting)
        );

        var failure = Assert.Single(exception.Failures);
        Assert.Contains(expected, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Directory:Lease=soon", 2, "Directory:Lease")]
    [InlineData("--Directory:Leese=00:00:30", 2, "Leese")]
    [InlineData("--Directory:Lease=30", 2, "00:00:30")]
    public async Task Program_reports_an_invalid_option_in_one_line(string argument, int exitCode, string expected)
    {
        var (code, error) = await RunAsync(argument, "--urls=http://127.0.0.1:0");

        Assert.Equal(exitCode, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Program_reports_a_port_in_use_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var (code, error) = await RunAsync(
            $"--urls=http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}",
            "--Logging:LogLevel:Default=None"
        );

        Assert.Equal(1, code);
        Assert.Contains("address already in use", error, StringComparison.Ordinal);
        Assert.Contains("--urls", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Program_reports_damaged_data_in_one_line()
    {
        using var data = new TempDirectory();
        await File.WriteAllTextAsync(Path.Combine(data.Path, "directory.db"), "nonsense");

        var (code, error) = await RunAsync($"--Directory:Data={data.Path}", "--urls=http://127.0.0.1:0");

        Assert.Equal(1, code);
        Assert.StartsWith($"{Path.Combine(data.Path, "directory.db")} is damaged", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Standalone_directory_listens_on_loopback_port_5000()
    {
        using var process = Program();
        process.StartInfo.Environment.Remove("ASPNETCORE_URLS");
        process.StartInfo.Environment.Remove("ASPNETCORE_HTTP_PORTS");
        process.Start();
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync(timeout.Token);
            } while (line is not null && !line.Contains("http://localhost:5000", StringComparison.Ordinal));

            // If the port is in use on this machine, the error names it.
            Assert.True(
                line is not null || (await error).Contains("127.0.0.1:5000", StringComparison.Ordinal),
                "It does not listen on localhost:5000."
            );
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task OpenAPI_describes_each_call_in_every_environment()
    {
        await using var directory = await DirectoryFixture.StartAsync("environment=Production");

        var document = JsonDocument.Parse(await directory.Http.GetStringAsync("/openapi/v1.json")).RootElement;

        var calls = document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject()
                    .Select(call => (Name: $"{call.Name.ToUpperInvariant()} {path.Name}", call.Value))
            )
            .ToDictionary(call => call.Name, call => call.Value);
        Assert.Equal(
            [
                "DELETE /invites/{codeHash}",
                "DELETE /peers/{username}",
                "DELETE /peers/{username}/files/{id}",
                "DELETE /peers/{username}/mailbox",
                "DELETE /peers/{username}/mailbox/capabilities/{hash}",
                "DELETE /peers/{username}/requests",
                "GET /directory",
                "GET /peers",
                "GET /peers/events",
                "GET /peers/{username}",
                "GET /peers/{username}/files",
                "GET /peers/{username}/files/{id}",
                "GET /peers/{username}/mailbox",
                "GET /peers/{username}/requests",
                "GET /peers/{username}/signals",
                "GET /relay/sessions/{sessionId}",
                "POST /invites",
                "POST /peers/{username}/lease",
                "POST /peers/{username}/mailbox",
                "POST /peers/{username}/requests",
                "POST /relay/sessions",
                "POST /relay/sessions/{sessionId}/signals",
                "PUT /peers/{username}",
                "PUT /peers/{username}/files/{id}",
                "PUT /peers/{username}/mailbox/capabilities/{hash}",
            ],
            calls.Keys.Order(StringComparer.Ordinal)
        );
        Assert.All(calls.Values, call =>
        {
            Assert.NotEmpty(call.GetProperty("summary").GetString()!);
            Assert.Contains(call.GetProperty("responses").EnumerateObject(), response =>
                response.Name == "101" || response.Name.StartsWith('2')
            );
            Assert.True(call.GetProperty("responses").TryGetProperty("429", out _));
            Assert.True(call.TryGetProperty("security", out _));
        });
        var put = calls["PUT /peers/{username}"];
        Assert.Equal(
            ["200", "201", "400", "401", "403", "409", "413", "415", "429", "503"],
            put.GetProperty("responses")
                .EnumerateObject()
                .Select(response => response.Name)
                .Order(StringComparer.Ordinal)
        );
        Assert.True(put.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _));
        Assert.True(
            calls["GET /peers/events"]
                .GetProperty("responses")
                .GetProperty("200")
                .GetProperty("content")
                .TryGetProperty("text/event-stream", out _)
        );
        var schemes = document.GetProperty("components").GetProperty("securitySchemes");
        Assert.Equal("bearer", schemes.GetProperty("leaseToken").GetProperty("scheme").GetString());
        Assert.Equal("X-P2PChat-Join-Token", schemes.GetProperty("joinToken").GetProperty("name").GetString());
        Assert.Contains(calls["POST /peers/{username}/lease"].GetProperty("security").EnumerateArray(), requirement =>
            requirement.TryGetProperty("leaseToken", out _)
        );
    }

    [Fact]
    public async Task Directory_returns_its_id_and_limits()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:Lease=00:01:00",
            "Directory:Claim=2.00:00:00"
        );

        var info = JsonDocument.Parse(await directory.Http.GetStringAsync("/directory")).RootElement;

        Assert.Matches("^[0-9a-f]{32}$", info.GetProperty("directoryId").GetString());
        Assert.NotEmpty(info.GetProperty("version").GetString()!);
        var limits = info.GetProperty("limits");
        Assert.Equal(8192, limits.GetProperty("registrationBodyBytes").GetInt32());
        Assert.Equal(60, limits.GetProperty("leaseSeconds").GetDouble());
        Assert.Equal(2, limits.GetProperty("claimDays").GetDouble());
        Assert.Equal(300, limits.GetProperty("clockSkewSeconds").GetDouble());
    }

    [Fact]
    public async Task Open_streams_do_not_delay_the_stop()
    {
        var directory = await DirectoryFixture.StartAsync();
        await using var events = await directory.ListenAsync();
        var startedAt = Stopwatch.GetTimestamp();

        await directory.DisposeAsync();

        // The host waits up to 30 s for requests that do not end.
        Assert.InRange(Stopwatch.GetElapsedTime(startedAt), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<EndOfStreamException>(events.NextAsync);
    }

    private static async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Program(arguments);
        process.Start();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = await process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            await output;
            return (process.ExitCode, error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static Process Program(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(DiscoveryApp).Assembly.Location },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new Process { StartInfo = start };
    }
}
