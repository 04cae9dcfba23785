namespace P2PChat.Tests.Bench;

/// <summary>The other half of the rows, in a class of its own so that both halves run at the same time.</summary>
public sealed class BenchMoreRowsTests
{
    [Fact]
    public Task Each_row_of_the_second_half_produces_finite_figures() => BenchRows.ProduceFiniteFiguresAsync(half: 1);
}
