using P2PChat.Client;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>The result of a connection from one peer of a pair to the other.</summary>
/// <param name="First">The path of the first link.</param>
/// <param name="ConnectedAfter">From the call to the first link.</param>
/// <param name="SettledAfter">From the call to the expected path, at both sides.</param>
/// <param name="Error">The problem; null if there was none.</param>
internal sealed record NatResult(
    NatPair Pair,
    PathKind? First,
    PathKind? Last,
    TimeSpan? ConnectedAfter,
    TimeSpan? SettledAfter,
    string? Error
);

/// <summary>Connects the peers of pairs, and lets them talk.</summary>
internal static class NatRun
{
    private const int Messages = 5;

    // A try lasts 0.9 s, in which both peers need processor time.
    private static readonly int MaxAtOnce = 2 * Environment.ProcessorCount;

    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(20);

    // A lossy line may lose the SYNs of all tries. The next search begins 30 s later, and the third 60 s after that,
    // each with a jitter of 20 %.
    private static readonly TimeSpan SettlesInThirdSearchWithin = TimeSpan.FromSeconds(140);

    /// <summary>Runs all pairs, a few at a time; in a round no peer calls or is called twice.</summary>
    public static async Task<IReadOnlyList<NatResult>> RunAsync(NatWorld world, IEnumerable<NatPair> pairs)
    {
        var results = new List<NatResult>();
        var left = pairs.ToList();
        while (left.Count > 0)
        {
            var round = new List<NatPair>();
            foreach (var pair in left)
            {
                if (
                    round.Count < MaxAtOnce
                    && !round.Any(each => each.Caller == pair.Caller || each.Callee == pair.Callee)
                )
                {
                    round.Add(pair);
                }
            }

            left.RemoveAll(round.Contains);
            results.AddRange(await Task.WhenAll(round.Select(pair => RunAsync(world, pair))));
        }

        return results;
    }

    private static async Task<NatResult> RunAsync(NatWorld world, NatPair pair)
    {
        var (caller, callee) = (world.Caller(pair), world.Callee(pair));
        var result = new NatResult(pair, null, null, null, null, null);
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            await caller.Api.ConnectAsync(callee.Name);
            await Eventually.True(
                async () =>
                {
                    var (mine, theirs) = (await caller.PathToAsync(callee.Name), await callee.PathToAsync(caller.Name));
                    var now = TimeProvider.System.GetElapsedTime(start);
                    if (mine is not null && result.First is null)
                    {
                        result = result with { First = mine, ConnectedAfter = now };
                    }

                    result = result with { Last = mine };
                    var isSettled = pair.IsExpected(mine) && theirs == mine;
                    result = result with { SettledAfter = isSettled ? now : null };
                    return isSettled;
                },
                pair.IsLossy ? SettlesInThirdSearchWithin : SettlesWithin,
                $"{pair}: both sides show {pair.Expected}",
                Eventually.LongPause
            );
            await Task.WhenAll(
                TalkAsync(caller, callee),
                TalkAsync(callee, caller),
                AskDoctorAsync(caller, callee, pair)
            );
            var path = await caller.PathToAsync(callee.Name);
            result = result with { Last = path, Error = pair.IsExpected(path) ? null : $"the path became {path}" };
        }
        catch (Exception exception)
        {
            result = result with { Error = exception.Message };
        }

        await EndAsync(caller, callee);
        return result;
    }

    private static async Task TalkAsync(LabPeer from, LabPeer to)
    {
        var texts = Enumerable.Range(1, Messages).Select(number => $"{from.Name} {number}").ToArray();
        foreach (var text in texts)
        {
            await from.Api.SendAsync(to.Name, text);
        }

        IReadOnlyList<string> received = [];
        await Eventually.True(
            async () => (received = await to.TextsFromAsync(from.Name)).Count >= Messages,
            TimeSpan.FromSeconds(15),
            $"{to.Name} receives {Messages} messages of {from.Name}",
            Eventually.LongPause
        );
        Assert.Equal(texts, received);
    }

    private static async Task AskDoctorAsync(LabPeer caller, LabPeer callee, NatPair pair)
    {
        var report = await caller.Api.DoctorAsync(callee.Name);
        Assert.True(
            report.Summary.StartsWith(callee.Name + pair.Answer, StringComparison.Ordinal)
                && (pair.Reason is null || report.Findings.Any(finding => finding.Code == pair.Reason)),
            $"doctor: {report.Summary} {string.Join("; ", report.Findings.Select(finding => finding.Code))} "
                + string.Join(
                    ", ",
                    report.Peer?.Candidates.Select(one => $"{one.Kind} {one.Try} {one.Address} {one.Outcome}") ?? []
                )
        );
    }

    private static async Task EndAsync(LabPeer caller, LabPeer callee)
    {
        try
        {
            await caller.Api.DisconnectAsync(callee.Name);
        }
        catch (PeerApiException)
        {
            // They never connected, which the result says.
        }
    }
}
