using System.Diagnostics;
using System.Text;
using System.Text.Json;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Samples;

/// <summary>The bots in samples/, run as docs/bots.md describes.</summary>
public sealed class BotTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private TestDirectory _directory = null!;
    private TestPeer _parrot = null!;
    private TestPeer _ann = null!;

    public async Task InitializeAsync()
    {
        _directory = await TestDirectory.StartAsync();
        _parrot = await TestPeer.StartAsync("parrot", _directory.Url);
        _ann = await TestPeer.StartAsync("ann", _directory.Url);
        await _parrot.RegisteredAsync();
        await _ann.RegisteredAsync();
    }

    public async Task DisposeAsync()
    {
        await _ann.DisposeAsync();
        await _parrot.DisposeAsync();
        await _directory.DisposeAsync();
    }

    [Fact]
    public Task Csharp_bot_accepts_and_echoes() =>
        EchoesAsync(
            Environment.ProcessPath!,
            "run",
            RepositoryFile.PathOf("samples/csharp-bot/bot.cs"),
            "--",
            _parrot.Data
        );

    [Fact, Trait("Requires", "Python")]
    public Task Python_bot_accepts_and_echoes() =>
        EchoesAsync("python3", RepositoryFile.PathOf("samples/python-bot/bot.py"), _parrot.Data);

    private async Task EchoesAsync(string program, params string[] arguments)
    {
        using var bot = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["PYTHONDONTWRITEBYTECODE"] = "1",
                    ["MSBUILDDISABLENODEREUSE"] = "1",
                    ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
                    ["UseSharedCompilation"] = "false",
                },
            }
        )!;
        var output = new StringBuilder();
        var reading = Task.WhenAll(ReadAsync(bot.StandardOutput), ReadAsync(bot.StandardError));
        try
        {
            await PrintsAsync("listening");
            await using var events = await EventReader.OpenAsync(_ann.Http);
            await _ann.PostAsync("/api/connections", new { username = "parrot" }, System.Net.HttpStatusCode.Accepted);
            _ = await events.NextAsync("connected");

            foreach (var text in (string[])["hello", "größe \"👋\"\n\\u0041 \u2028", new string('x', 5000)])
            {
                _ = await _ann.SendAsync("parrot", text);
                Assert.Equal(
                    text,
                    JsonDocument.Parse(await events.NextAsync("message")).RootElement.GetProperty("text").GetString()
                );
            }

            Assert.Equal("listening", Output().Trim());
        }
        finally
        {
            bot.Kill(entireProcessTree: true);
            await bot.WaitForExitAsync();
            await reading;
        }

        Task PrintsAsync(string text) =>
            Eventually.True(
                () => Output().Contains(text, StringComparison.Ordinal),
                Patience,
                $"the bot prints '{text}'; so far: {Output()}"
            );

        string Output()
        {
            lock (output)
            {
                return output.ToString();
            }
        }

        async Task ReadAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                lock (output)
                {
                    output.AppendLine(line);
                }
            }
        }
    }
}
