using System.Diagnostics;
using System.Text;
using System.Text.Json;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Samples;

/// <summary>The bots of samples/, run as docs/bots.md says, on the API of a real peer.</summary>
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
    public Task The_one_in_csharp_lets_in_and_echoes() =>
        EchoesAsync(
            Environment.ProcessPath!,
            "run",
            RepositoryFile.PathOf("samples/csharp-bot/bot.cs"),
            "--",
            _parrot.Data
        );

    [Fact, Trait("Requires", "Python")]
    public Task The_one_in_python_lets_in_and_echoes() =>
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
        var said = new StringBuilder();
        var heard = Task.WhenAll(ReadAsync(bot.StandardOutput), ReadAsync(bot.StandardError));
        try
        {
            await SaysAsync("listening");
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

            Assert.Equal("listening", Said().Trim());
        }
        finally
        {
            bot.Kill(entireProcessTree: true);
            await bot.WaitForExitAsync();
            await heard;
        }

        Task SaysAsync(string text) =>
            Eventually.True(
                () => Said().Contains(text, StringComparison.Ordinal),
                Patience,
                $"the bot says '{text}'; so far: {Said()}"
            );

        string Said()
        {
            lock (said)
            {
                return said.ToString();
            }
        }

        async Task ReadAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                lock (said)
                {
                    said.AppendLine(line);
                }
            }
        }
    }
}
