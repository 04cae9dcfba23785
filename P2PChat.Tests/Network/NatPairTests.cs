using Xunit.Abstractions;

namespace P2PChat.Tests.Network;

/// <summary>
/// Connects peers behind all kinds of routers. <c>P2PCHAT_NAT_PAIRS=all</c> runs every pair, and
/// <c>P2PCHAT_NAT_PAIRS=DoubleNat-PoorLine,Symmetric-FullCone</c> these two; eng/nat-table.sh prints the table.
/// </summary>
[Collection(NetworkLab.Collection)]
[Trait("Requires", "NetworkLab")]
public sealed class NatPairTests(ITestOutputHelper output)
{
    private const string Pairs = "P2PCHAT_NAT_PAIRS";
    private const string File = "P2PCHAT_NAT_TABLE";

    [Fact]
    public async Task Peers_find_the_expected_path_and_exchange_messages()
    {
        var pairs = Environment.GetEnvironmentVariable(Pairs) is { Length: > 0 } names
            ? NatPairs.Named(names)
            : NatPairs.Ten;
        var start = TimeProvider.System.GetTimestamp();
        await using var world = await NatWorld.StartAsync(pairs);
        output.WriteLine($"peers started in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s");

        var results = await NatRun.RunAsync(world, pairs);

        var table = NatReport.Of(results);
        output.WriteLine(table);
        if (Environment.GetEnvironmentVariable(File) is { Length: > 0 } file)
        {
            await System.IO.File.WriteAllTextAsync(file, table);
        }

        foreach (var pair in results.Where(result => result.Error is not null).Select(result => result.Pair))
        {
            output.WriteLine($"{pair}\n{world.Caller(pair).Output}\n{world.Callee(pair).Output}");
        }

        Assert.All(results, result => Assert.Null(result.Error));
    }
}
