using System.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>
/// samples/python-peer is written from docs/protocol.md alone, so this test shows that the document is complete.
/// </summary>
[Collection(Topology.Name)]
public sealed class PythonPeerTests(AppHostFixture app)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact, Trait("Requires", "Python")]
    public async Task Python_peer_registers_connects_and_chats_with_the_echo()
    {
        using var discovery = app.CreateClient("discovery");
        using var python = Process.Start(
            new ProcessStartInfo(
                "python3",
                [
                    RepositoryFile.PathOf("samples/python-peer/peer.py"),
                    "snake-charmer",
                    "echo",
                    "--discovery",
                    $"{discovery.BaseAddress}",
                    "--replies",
                    "2",
                ]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
            }
        )!;
        try
        {
            await python.StandardInput.WriteAsync("hello\ngrüße 👋\n");
            python.StandardInput.Close();
            var output = python.StandardOutput.ReadToEndAsync();
            var errors = python.StandardError.ReadToEndAsync();
            await python.WaitForExitAsync(new CancellationTokenSource(Patience).Token);

            Assert.Equal(("", 0), (await errors, python.ExitCode));
            Assert.Equal(["echo: hello", "echo: grüße 👋"], (await output).Trim().Split('\n')[1..]);
            Assert.False(app.Telemetry.WasSent("snake-charmer"));
        }
        finally
        {
            if (!python.HasExited)
            {
                python.Kill(entireProcessTree: true);
            }
        }
    }
}
