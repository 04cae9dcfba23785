using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>
/// Measures the time from <c>p2pchat join</c> until the joiner's first message is shown at the inviter.
/// </summary>
internal sealed partial class JoinRow : PathRow
{
    private readonly TempFolder _data = new();
    private AppProgram _inviter = null!;
    private int _joiners;

    public override string Id => "join";

    public override string Measures => "p2pchat join from exec to its first message at the inviter, on one machine";

    public override string? Floor => null;

    public override IReadOnlyList<Figure> Figures { get; } = [new("message", "s", Aim.AtMost(5))];

    public override async Task OpenAsync(Effort effort)
    {
        _inviter = AppProgram.Start("up", "alice", "--data", Path.Combine(_data.FullName, "alice"), "--no-browser");
        await _inviter.WaitForAsync("registered in the directory");
        _ = await MeasureAsync();
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"bob-{++_joiners}");
        await _inviter.TypeAsync("invite");
        var link = await _inviter.WaitForAsync(output =>
            LinkPattern().Matches(output) is { } links && links.Count >= _joiners ? links[^1].Value : null
        );
        var started = Stopwatch.GetTimestamp();
        var data = Path.Combine(_data.FullName, name);
        await using var joiner = AppProgram.Start("join", link, name, "--data", data, "--yes", "--no-browser");
        await joiner.TypeAsync("send alice hello");
        await _inviter.WaitForAsync($"{name}: hello");
        return [new(Stopwatch.GetElapsedTime(started).TotalSeconds)];
    }

    public override async ValueTask DisposeAsync()
    {
        if (_inviter is not null)
        {
            await _inviter.DisposeAsync();
        }

        _data.Delete();
    }

    [GeneratedRegex("http://[a-z0-9.:]+/i#[A-Za-z0-9._-]+")]
    private static partial Regex LinkPattern();
}
