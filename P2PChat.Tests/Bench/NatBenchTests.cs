using System.Text.Json;
using P2PChat.Tests.Hostile;

namespace P2PChat.Tests.Bench;

/// <summary>Runs the row "nat" of the benchmarks, which needs the network lab.</summary>
[Collection(Alone.Name)]
[Trait("Requires", "NetworkLab")]
public sealed class NatBenchTests
{
    [Fact]
    public async Task Row_nat_produces_finite_figures()
    {
        var json = Path.GetTempFileName();
        try
        {
            // Whether an aim is met depends on the load of the machine, so a test does not check it.
            var (exitCode, output, errors) = await BenchProgram.RunAsync([
                "paths",
                "nat",
                "--json",
                json,
                .. BenchProgram.IsFull ? [] : (string[])["--quick"],
            ]);
            Assert.True(exitCode == 0, $"{output}\n{errors}");
            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            Assert.Equal(
                ["direct", "punched", "new address"],
                document.RootElement.EnumerateArray().Select(figure => figure.GetProperty("figure").GetString()!)
            );
        }
        finally
        {
            File.Delete(json);
        }
    }
}
