using System.Diagnostics;
using System.Net;

namespace P2PChat.Bench.Load;

/// <summary>Generates load from several connections, each with one request in flight.</summary>
internal sealed class HttpLoad : IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly HttpConnection[] _connections;

    private HttpLoad(HttpConnection[] connections) => _connections = connections;

    public int Connections => _connections.Length;

    public static async Task<HttpLoad> ConnectAsync(IPEndPoint server, int connections) =>
        new(await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.ConnectAsync(server))));

    /// <summary>Sends each connection's requests once, one after the other.</summary>
    /// <returns>The number of responses per second.</returns>
    /// <exception cref="InvalidOperationException">A response was not a success.</exception>
    public async Task<double> SendAllAsync(
        IReadOnlyList<ReadOnlyMemory<byte>>[] requests,
        Action<int, string>? answered = null
    )
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            _connections.Select(
                (connection, i) =>
                    Task.Run(async () =>
                    {
                        foreach (var request in requests[i])
                        {
                            await SendAsync(connection, request);
                            answered?.Invoke(i, connection.Body);
                        }
                    })
            )
        );
        return requests.Sum(list => list.Count) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Sends each connection's requests repeatedly, for a given time.</summary>
    /// <returns>The number of responses per second, and in total.</returns>
    public async Task<(double Rate, long Count)> RepeatAsync(
        IReadOnlyList<ReadOnlyMemory<byte>>[] requests,
        TimeSpan duration
    )
    {
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var counts = await Task.WhenAll(
            _connections.Select(
                (connection, i) =>
                    Task.Run(async () =>
                    {
                        var count = 0L;
                        while (Stopwatch.GetTimestamp() < end)
                        {
                            await SendAsync(connection, requests[i][(int)(count % requests[i].Count)]);
                            count++;
                        }

                        return count;
                    })
            )
        );
        return (counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds, counts.Sum());
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    // On a busy machine the store may not answer in time. Retry, as peers do.
    private static async ValueTask SendAsync(HttpConnection connection, ReadOnlyMemory<byte> request)
    {
        var status = await connection.SendAsync(request);
        for (var attempt = 0; status == 503 && attempt < 20; attempt++)
        {
            await Task.Delay(RetryDelay);
            status = await connection.SendAsync(request);
        }

        if (status is < 200 or > 299)
        {
            throw new InvalidOperationException($"The directory answered {status}: {connection.Body}");
        }
    }
}
