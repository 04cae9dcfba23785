using System.Diagnostics;
using System.Net;

namespace P2PChat.Bench.Load;

/// <summary>A part of a herd: renews each lease every 10 s, evenly spread over time.</summary>
internal sealed class HerdPart : IDisposable
{
    private const int Connections = 2;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly HttpConnection[] _connections;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>>[] _requests;
    private long _renewed;
    private long _refused;
    private long _maxLateness;

    private HerdPart(HttpConnection[] connections, IReadOnlyList<ReadOnlyMemory<byte>>[] requests) =>
        (_connections, _requests) = (connections, requests);

    public long Renewed => Interlocked.Read(ref _renewed);

    /// <summary>The number of renewals refused because the lease was lost.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public static async Task<HerdPart> ConnectAsync(IPEndPoint server, Population population)
    {
        var connections = await Task.WhenAll(
            Enumerable.Range(0, Connections).Select(_ => HttpConnection.ConnectAsync(server))
        );
        return new HerdPart(
            connections,
            RoundRobin.Split(Connections, [.. population.Peers.Select(peer => Requests.Renew(peer.Name, peer.Token))])
        );
    }

    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(
            _connections.Select(
                (connection, i) =>
                    Task.Run(() => RunAsync(connection, _requests[i], cancellationToken), CancellationToken.None)
            )
        );

    /// <summary>Returns and resets the longest delay of a renewal.</summary>
    public TimeSpan TakeMaxLateness() => Stopwatch.GetElapsedTime(0, Interlocked.Exchange(ref _maxLateness, 0));

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private async Task RunAsync(
        HttpConnection connection,
        IReadOnlyList<ReadOnlyMemory<byte>> requests,
        CancellationToken cancellationToken
    )
    {
        var started = Stopwatch.GetTimestamp();
        var between = RenewalsChild.RenewEvery.TotalSeconds * Stopwatch.Frequency / requests.Count;
        for (var i = 0L; !cancellationToken.IsCancellationRequested; i++)
        {
            var due = started + (long)(i * between);
            while (Stopwatch.GetTimestamp() < due && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(Step, CancellationToken.None);
            }

            switch (await connection.SendAsync(requests[(int)(i % requests.Count)]))
            {
                case >= 200 and < 300:
                    _ = Interlocked.Increment(ref _renewed);
                    break;
                case 401 or 404:
                    _ = Interlocked.Increment(ref _refused);
                    break;
                // Any other status, for example from a slow store, leaves the lease valid for two more attempts.
            }

            RecordLateness(Stopwatch.GetTimestamp() - due);
        }
    }

    private void RecordLateness(long ticks)
    {
        for (var known = Volatile.Read(ref _maxLateness); ticks > known; known = Volatile.Read(ref _maxLateness))
        {
            if (Interlocked.CompareExchange(ref _maxLateness, ticks, known) == known)
            {
                return;
            }
        }
    }
}
