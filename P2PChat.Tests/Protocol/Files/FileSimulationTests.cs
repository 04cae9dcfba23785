using System.Globalization;

namespace P2PChat.Tests.Protocol.Files;

public sealed class FileSimulationTests
{
    private static readonly int Seeds = int.Parse(
        Environment.GetEnvironmentVariable("P2PCHAT_FILE_SEEDS") is { Length: > 0 } text ? text : "200",
        CultureInfo.InvariantCulture
    );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_arrive_whole_or_their_transfer_ends(bool hasLiar)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                new FileSimulation(seed, hasLiar).Run();
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed} fails: {exception.Message}", exception);
            }
        }
    }
}
