using System.Globalization;
using System.Net;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Load;

/// <summary>
/// A herd of peers: registers them in parts at the start, and renews the leases of each part from then on. Answers any
/// line with the number of renewals, the number of refused ones, and the longest delay since the last line in
/// milliseconds.
/// </summary>
internal sealed class RenewalsChild : IChild
{
    private const int Part = 5_000;

    /// <summary>The directory's default renewal interval, on average.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopped = new();
    private readonly List<HerdPart> _parts = [];
    private readonly List<Task> _tasks = [];

    public string Ready => _parts.Count.ToString(CultureInfo.InvariantCulture);

    /// <param name="arguments">The directory's address and the number of peers.</param>
    public static async Task<RenewalsChild> StartAsync(string[] arguments)
    {
        var server = IPEndPoint.Parse(arguments[0]);
        var count = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var child = new RenewalsChild();
        for (var done = 0; done < count; done += Part)
        {
            // Each part starts renewing at once, because its leases would expire before the last part is registered.
            var population = await Population.RegisterAsync(
                server,
                $"herd-{child._parts.Count}",
                Math.Min(Part, count - done)
            );
            var part = await HerdPart.ConnectAsync(server, population);
            child._parts.Add(part);
            child._tasks.Add(part.RunAsync(child._stopped.Token));
        }

        return child;
    }

    public Task<string> AnswerAsync(string line)
    {
        // Rethrow the exception of a part that has failed.
        foreach (var task in _tasks.Where(task => task.IsFaulted))
        {
            task.GetAwaiter().GetResult();
        }

        var renewed = _parts.Sum(part => part.Renewed);
        var refused = _parts.Sum(part => part.Refused);
        var lateness = _parts.Max(part => part.TakeMaxLateness()).TotalMilliseconds;
        return Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"{renewed} {refused} {lateness}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await Task.WhenAll(_tasks);
        foreach (var part in _parts)
        {
            part.Dispose();
        }

        _stopped.Dispose();
    }
}
