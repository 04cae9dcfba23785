using System.Diagnostics;
using System.Net;

namespace P2PChat.Bench.Load;

/// <summary>Some of a herd: each lease is renewed every 10 s, spread evenly over them.</summary>
internal sealed class HerdPart : IDisposable
{
    private const int Connections = 2;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly HttpConnection[] _connections;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>>[] _requests;
    private long _renewed;
    private long _refused;
    private long _lateness;

    private HerdPart(HttpConnection[] connections, IReadOnlyList<ReadOnlyMemory<byte>>[] requests) =>
        (_connections, _requests) = (connections, requests);

    public long Renewed => Interlocked.Read(ref _renewed);

    /// <summary>Renewals of leases that were there no more.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public static async Task<HerdPart> ConnectAsync(IPEndPoint server, Population population)
    {
        var connections = await Task.WhenAll(
            Enumerable.Range(0, Connections).Select(_ => HttpConnection.ConnectAsync(server))
        );
        return new HerdPart(
            connections,
            Deal.To(Connections, [.. population.Peers.Select(peer => Requests.Renew(peer.Name, peer.Token))])
        );
    }

    public Task RunAsync(CancellationToken stopped) =>
        Task.WhenAll(
            _connections.Select(
                (connection, i) => Task.Run(() => RunAsync(connection, _requests[i], stopped), CancellationToken.None)
            )
        );

    /// <summary>How late the latest renewal was since this was last asked.</summary>
    public TimeSpan TakeLateness() => Stopwatch.GetElapsedTime(0, Interlocked.Exchange(ref _lateness, 0));

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
        CancellationToken stopped
    )
    {
        var begun = Stopwatch.GetTimestamp();
        var between = RenewalsChild.RenewEvery.TotalSeconds * Stopwatch.Frequency / requests.Count;
        for (var i = 0L; !stopped.IsCancellationRequested; i++)
        {
            var due = begun + (long)(i * between);
            while (Stopwatch.GetTimestamp() < due && !stopped.IsCancellationRequested)
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
                // Anything else, a store that is slow say, leaves the lease as it is: there is time for two more
                // attempts.
            }

            NoteLateness(Stopwatch.GetTimestamp() - due);
        }
    }

    private void NoteLateness(long ticks)
    {
        for (var known = Volatile.Read(ref _lateness); ticks > known; known = Volatile.Read(ref _lateness))
        {
            if (Interlocked.CompareExchange(ref _lateness, ticks, known) == known)
            {
                return;
            }
        }
    }
}
