using System.Text.RegularExpressions;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Scripts rely on the output of a piped console, so transcript.txt pins it byte for byte.</summary>
public sealed partial class TranscriptTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private const string Beginning = """
        list
        contacts
        requests
        connect nobody
        connect echo
        nickname echo the parrot
        contacts
        contacts --json
        send echo größe, 日本,  👋🏽

        """;

    private const string End = """
        history echo 1
        history echo 1 --json
        search größe
        search nothing
        delete --force echo all
        history echo
        requests --json
        status
        disconnect echo
        dance
        send echo
        help
        help send
        help list
        exit

        """;

    [Fact]
    public async Task Piped_console_output_equals_the_transcript()
    {
        var (port, api) = (LoopbackPort.Next(), LoopbackPort.Next());
        // A piped console ignores colours and widths.
        await using var program = PeerProgram.Start(
            peers.Arguments("tess", $"{port}", "--api", $"{api}", "--advertise", $"127.0.0.1:{port}"),
            new Dictionary<string, string>
            {
                ["TERM"] = "xterm-256color",
                ["CLICOLOR_FORCE"] = "1",
                ["COLUMNS"] = "20",
                ["TZ"] = "UTC",
            }
        );
        await program.TypeAsync(Beginning);
        await program.PrintsAsync("echo: größe");
        await Eventually.True(
            async () => (await HistoryAsync()).Contains("\"delivered\"", StringComparison.Ordinal),
            PeerUnderTest.Soon,
            "the store has it as delivered"
        );
        // Each side may have opened a link, of which one is kept.
        await Eventually.True(
            async () => (await CallAsync("status", "--json")).Contains("\"links\":1,", StringComparison.Ordinal),
            PeerUnderTest.Soon,
            "one link is left"
        );
        await program.TypeAsync(End);

        Assert.Equal(0, await program.ExitCodeAsync());
        Assert.Equal("", program.Errors);
        var output = program
            .Output.Replace($"127.0.0.1:{port}", "<endpoint>", StringComparison.Ordinal)
            .Replace($"http://localhost:{api}", "<api>", StringComparison.Ordinal)
            .Replace(peers.Directory.Url, "<directory>", StringComparison.Ordinal)
            .Replace($"{program.Id}\n", "<process>\n", StringComparison.Ordinal)
            .Replace($"{peers.Echo.Status.PeerId}", "<echo's id>", StringComparison.Ordinal);
        output = PeerIds().Replace(output, "$1<id>");
        output = MessageIds().Replace(output, "<message id>");
        output = Times().Replace(output, "<time>");
        await KeptFile.HoldsAsync("P2PChat.Tests/Peer/Cli/transcript.txt", output);
    }

    private Task<string> HistoryAsync() => CallAsync("history", "echo", "--json");

    private async Task<string> CallAsync(params string[] command) =>
        (await PeerProgram.RunAsync("", ["ctl", "--data", peers.DataOf("tess"), .. command])).Output;

    [GeneratedRegex(@"(, id |peer id    )[A-Z0-9-]+")]
    private static partial Regex PeerIds();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex MessageIds();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d[.\d]*[+Z:\d]*|\\u002B00:00)?(\\u002B00:00)?")]
    private static partial Regex Times();
}
