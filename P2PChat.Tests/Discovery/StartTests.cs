using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Options;
using P2PChat.Discovery;

namespace P2PChat.Tests.Discovery;

/// <summary>How the directory starts, and how it says why it does not.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("Directory:Lease=30", "Directory:Lease is 30.00:00:00, but must be between")]
    [InlineData(
        "Directory:Lease=00:00:10",
        "Directory:RenewEvery with its jitter must be shorter than Directory:Lease"
    )]
    [InlineData("Directory:SweepEvery=00:00:05", "Directory:SweepEvery is 00:00:05")]
    [InlineData("Directory:RenewJitter=0.9", "Directory:RenewJitter must be between 0 and 0.5")]
    [InlineData("Directory:ClaimsInTotal=0", "Directory:ClaimsInTotal is 0, but must be at least 1")]
    [InlineData("Directory:KnownProxies:0=proxy.example", "'proxy.example', which is neither")]
    [InlineData("Directory:RateLimits:Calls:Burst=0", "Directory:RateLimits:Calls needs a Burst of at least 1")]
    [InlineData("Directory:OperatorKey=short", "Directory:OperatorKey is shorter than 16 characters")]
    [InlineData("Directory:PageSize=2000", "Directory:PageSize may not be above Directory:MaxPageSize")]
    [InlineData(
        "ConnectionStrings:redis=redis:6379,nonsense=1,password=secret",
        "ConnectionStrings:redis cannot be read"
    )]
    public async Task Options_that_cannot_work_are_refused_with_a_sentence(string setting, string sentence)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            DirectoryFixture.StartAsync(setting)
        );

        var failure = Assert.Single(exception.Failures);
        Assert.Contains(sentence, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Directory:Lease=soon", 2, "Directory:Lease")]
    [InlineData("--Directory:Leese=00:00:30", 2, "Leese")]
    [InlineData("--Directory:Lease=30", 2, "30 seconds are written 00:00:30")]
    public async Task The_program_says_in_a_line_what_is_wrong_with_its_options(
        string argument,
        int exitCode,
        string sentence
    )
    {
        var (code, error) = await RunAsync(argument, "--urls=http://127.0.0.1:0");

        Assert.Equal(exitCode, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task The_program_says_in_a_line_that_its_port_is_in_use()
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
    public async Task Alone_it_listens_on_loopback_port_5000()
    {
        using var process = Program();
        process.StartInfo.Environment.Remove("ASPNETCORE_URLS");
        process.StartInfo.Environment.Remove("ASPNETCORE_HTTP_PORTS");
        process.Start();
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync(patience.Token);
            } while (line is not null && !line.Contains("http://localhost:5000", StringComparison.Ordinal));

            // Somebody else on this machine may have the port: then the complaint names it.
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
                "DELETE /peers/{username}",
                "DELETE /peers/{username}/mailbox",
                "DELETE /peers/{username}/mailbox/capabilities/{hash}",
                "GET /directory",
                "GET /peers",
                "GET /peers/events",
                "GET /peers/{username}",
                "GET /peers/{username}/mailbox",
                "GET /peers/{username}/signals",
                "POST /peers/{username}/lease",
                "POST /peers/{username}/mailbox",
                "PUT /peers/{username}",
                "PUT /peers/{username}/mailbox/capabilities/{hash}",
            ],
            calls.Keys.Order(StringComparer.Ordinal)
        );
        Assert.All(calls.Values, call =>
        {
            Assert.NotEmpty(call.GetProperty("summary").GetString()!);
            Assert.Contains(call.GetProperty("responses").EnumerateObject(), response => response.Name.StartsWith('2'));
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
    public async Task The_directory_tells_its_id_and_limits()
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
    public async Task Streams_do_not_hold_up_the_end()
    {
        var directory = await DirectoryFixture.StartAsync();
        await using var events = await directory.ListenAsync();
        var begun = Stopwatch.GetTimestamp();

        await directory.DisposeAsync();

        // A host waits for 30 s for what does not end by itself.
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<EndOfStreamException>(events.NextAsync);
    }

    private static async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Program(arguments);
        process.Start();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = await process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
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
