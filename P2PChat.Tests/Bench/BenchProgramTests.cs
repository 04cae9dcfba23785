using System.Diagnostics;

namespace P2PChat.Tests.Bench;

/// <summary>
/// Runs the program P2PChat.Bench. <c>P2PCHAT_BENCH=full</c> measures at full size, which takes ten minutes.
/// </summary>
public sealed class BenchProgramTests
{
    [Theory]
    [InlineData("")]
    [InlineData("hurry")]
    [InlineData("list register")]
    [InlineData("paths nothing")]
    [InlineData("paths --rounds")]
    [InlineData("paths --rounds 0")]
    [InlineData("paths --json")]
    [InlineData("paths --slowly")]
    public async Task Bad_arguments_print_an_error_and_the_usage_and_exit_with_2(string arguments)
    {
        var (exitCode, output, errors) = await BenchProgram.RunAsync(
            arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        );
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains("usage:", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_and_list_of_rows_are_printed()
    {
        var (exitCode, output, _) = await BenchProgram.RunAsync("--help");
        Assert.Equal(0, exitCode);
        Assert.Contains("paths [row...]", output, StringComparison.Ordinal);
        foreach (var row in await BenchRows.AllAsync())
        {
            Assert.DoesNotContain(' ', row);
        }
    }

    [Fact]
    public async Task Signal_ends_a_peer_process_and_closed_input_ends_its_children()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var (directory, address) = await BenchProgram.StartChildAsync("directory", "--urls=http://127.0.0.1:0");
        using (directory)
        {
            try
            {
                var (peer, _) = await BenchProgram.StartChildAsync("listener", $"http://{address}");
                using (peer)
                {
                    using var kill = Process.Start("kill", [$"{peer.Id}"]);
                    await peer.WaitForExitAsync(patience.Token);
                    Assert.NotEqual(0, peer.ExitCode);
                }
            }
            finally
            {
                directory.StandardInput.Close();
            }

            await directory.WaitForExitAsync(patience.Token);
            Assert.Equal(0, directory.ExitCode);
        }
    }

    [Fact]
    public Task Each_row_of_the_first_half_produces_finite_figures() => BenchRows.ProduceFiniteFiguresAsync(half: 0);
}
