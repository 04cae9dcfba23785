using System.Globalization;

namespace P2PChat.Bench.Processes;

/// <summary>
/// A peer that accepts many links. Each input line is a number of links; the answer is the peer's memory in bytes once
/// it has that many.
/// </summary>
internal sealed class ListenerChild : IChild
{
    private readonly BenchPeer _peer;
    private readonly Task _reading;

    private ListenerChild(BenchPeer peer) => (_peer, _reading) = (peer, Task.Run(() => peer.ReadToEndAsync()));

    public string Ready => _peer.Port.ToString(CultureInfo.InvariantCulture);

    /// <param name="arguments">The directory's address.</param>
    public static async Task<ListenerChild> StartAsync(string[] arguments) =>
        new(await BenchPeer.StartAsync(arguments[0], "listener", options =>
            {
                options.MaxLinks = 100_000;
                options.MaxUnauthenticated = 1_000;
                // No pings, because an idle link sends nothing.
                options.PingAfter = TimeSpan.FromHours(1);
                options.DeadAfter = TimeSpan.FromHours(2);
            }));

    public async Task<string> AnswerAsync(string line)
    {
        var links = int.Parse(line, CultureInfo.InvariantCulture);
        while (_peer.Status.Links < links)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return IdleMemory.Measure().ToString(CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        await _reading;
    }
}
