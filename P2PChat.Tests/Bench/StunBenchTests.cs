using System.Text.Json;

namespace P2PChat.Tests.Bench;

/// <summary>Runs the row "stun" of the benchmarks next to coturn's server.</summary>
[Trait("Requires", "Coturn")]
public sealed class StunBenchTests
{
    [Fact]
    public async Task Row_stun_produces_a_finite_ratio()
    {
        var json = Path.GetTempFileName();
        try
        {
            // Whether the aim is met depends on the load of the machine, so a test does not check it.
            var (exitCode, output, errors) = await BenchProgram.RunAsync([
                "paths",
                "stun",
                "--json",
                json,
                .. BenchProgram.IsFull ? [] : (string[])["--quick"],
            ]);
            Assert.True(exitCode == 0, $"{output}\n{errors}");
            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            var figure = Assert.Single(document.RootElement.EnumerateArray());
            Assert.Equal("answers", figure.GetProperty("figure").GetString());
            Assert.True(double.IsFinite(figure.GetProperty("ratio").GetDouble()));
        }
        finally
        {
            File.Delete(json);
        }
    }
}
