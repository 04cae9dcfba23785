using System.Globalization;
using System.Text.Json;
using P2PChat.Tests.Bench;
using P2PChat.Tests.Hostile;
using Xunit.Abstractions;

namespace P2PChat.Tests.Web;

/// <summary>The times of the bench's row <c>page</c>, which a busy machine may exceed by a factor of five.</summary>
[Collection(Alone.Name)]
[Trait("Requires", "Chromium")]
public sealed class PageSpeedTests(ITestOutputHelper output)
{
    private const double Allowance = 5;

    [ChromiumFact]
    public async Task Page_is_at_most_five_times_slower_than_its_aims()
    {
        var json = Path.GetTempFileName();
        try
        {
            var (exitCode, table, errors) = await BenchProgram.RunAsync("paths", "page", "--quick", "--json", json);
            output.WriteLine(table);
            Assert.True(exitCode == 0, $"{table}\n{errors}");

            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            var figures = document.RootElement.EnumerateArray().ToList();
            Assert.Equal(
                ["first paint", "switch", "sent message", "other's page"],
                figures.Select(figure => figure.GetProperty("figure").GetString())
            );
            foreach (var figure in figures)
            {
                var aim = double.Parse(
                    figure.GetProperty("aim").GetString()!.TrimStart('≤'),
                    CultureInfo.InvariantCulture
                );
                Assert.InRange(figure.GetProperty("measured").GetDouble(), 0, Allowance * aim);
            }
        }
        finally
        {
            File.Delete(json);
        }
    }
}
