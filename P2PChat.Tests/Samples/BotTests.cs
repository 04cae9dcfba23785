using System.Diagnostics;
using System.Text;
using System.Text.Json;
using P2PChat.Client;
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
    public Task Csharp_bot_accepts_echoes_and_joins_rooms() =>
        EchoesAsync(
            Environment.ProcessPath!,
            "run",
            RepositoryFile.PathOf("samples/csharp-bot/bot.cs"),
            "--",
            _parrot.Data
        );

    [Fact, Trait("Requires", "Python")]
    public Task Python_bot_accepts_echoes_and_joins_rooms() =>
        EchoesAsync("python3", RepositoryFile.PathOf("samples/python-bot/bot.py"), _parrot.Data);

    private async Task AnswersInRoomAsync(EventReader events)
    {
        using var ann = RemotePeer.Open(_ann.Data)!;
        var room = await ann.Rooms.CreateAsync(new RoomRequest("friends"));
        await ann.Rooms.InviteAsync(room.Id, "parrot");
        await Eventually.True(
            async () => (await ann.Rooms.GetAsync(room.Id)).Members == 2,
            Patience,
            "the bot joins the room"
        );
        _ = await ann.Rooms.SendAsync(room.Id, "not for the bot");

        _ = await ann.Rooms.SendAsync(room.Id, "@parrot hello");

        var answer = JsonDocument.Parse(await events.NextAsync("room-message")).RootElement.GetProperty("message");
        Assert.Equal("parrot hello", answer.GetProperty("text").GetString());
        Assert.Equal("@parrot hello", answer.GetProperty("replyTo").GetProperty("text").GetString());
    }

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

            await AnswersInRoomAsync(events);
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
