using System.Globalization;
using P2PChat.Protocol.Files;

namespace P2PChat.Tests.Protocol.Files;

public sealed class FileSimulationTests
{
    private static readonly int Seeds = int.Parse(
        Environment.GetEnvironmentVariable("P2PCHAT_FILE_SEEDS") is { Length: > 0 } text ? text : "100",
        CultureInfo.InvariantCulture
    );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_arrive_whole_or_their_transfer_ends(bool hasLiar)
    {
        var ends = new HashSet<Type>();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                ends.UnionWith(new FileSimulation(seed, hasLiar).Run());
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed} fails: {exception.Message}", exception);
            }
        }

        // Otherwise there are too few seeds.
        Assert.Contains(typeof(FileEffect.Completed), ends);
        Assert.Contains(typeof(FileEffect.Stopped), ends);
        Assert.Equal(hasLiar, ends.Contains(typeof(FileEffect.Mismatched)));
    }
}
