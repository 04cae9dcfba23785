using System.Globalization;
using System.Net;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Load;

/// <summary>
/// A herd of peers: registers them when it starts, part by part, and renews the leases of each part from then on.
/// Answers any line with how many renewals there have been, how many were refused, and the longest lateness since the
/// last line, in milliseconds.
/// </summary>
internal sealed class RenewalsChild : IChild
{
    private const int Part = 5_000;

    /// <summary>What a directory asks of peers by default, on average.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopped = new();
    private readonly List<HerdPart> _parts = [];
    private readonly List<Task> _tasks = [];

    public string Ready => _parts.Count.ToString(CultureInfo.InvariantCulture);

    /// <param name="arguments">The directory's address, and how many peers.</param>
    public static async Task<RenewalsChild> StartAsync(string[] arguments)
    {
        var server = IPEndPoint.Parse(arguments[0]);
        var count = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var child = new RenewalsChild();
        for (var done = 0; done < count; done += Part)
        {
            // The first leases would end before the last is begun: who is registered renews at once.
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
        // A part that has ended early has failed, and says how.
        foreach (var task in _tasks.Where(task => task.IsFaulted))
        {
            task.GetAwaiter().GetResult();
        }

        return Task.FromResult(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_parts.Sum(part => part.Renewed)} {_parts.Sum(part => part.Refused)} {_parts.Max(part => part.TakeLateness()).TotalMilliseconds}"
            )
        );
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
