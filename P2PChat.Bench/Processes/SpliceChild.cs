using System.Globalization;
using P2PChat.Bench.Splices;

namespace P2PChat.Bench.Processes;

/// <summary>
/// A relay in a process of its own. Answers <c>session</c> with a new session, and <c>memory</c> with the process's
/// memory in bytes.
/// </summary>
internal sealed class RelayChild : IChild
{
    private readonly RelayServer _relay;

    private RelayChild(RelayServer relay) => _relay = relay;

    public string Ready => _relay.Endpoint.ToString();

    public static async Task<RelayChild> StartAsync() => new(await RelayServer.StartAsync());

    public Task<string> AnswerAsync(string line) =>
        Task.FromResult(
            line == "session" ? _relay.NewSession() : IdleMemory.Measure().ToString(CultureInfo.InvariantCulture)
        );

    public ValueTask DisposeAsync() => _relay.DisposeAsync();
}

/// <summary>The floor of <see cref="RelayChild"/>. Answers each line with the process's memory in bytes.</summary>
internal sealed class SpliceChild : IChild
{
    private readonly BareSplice _splice = new();

    public string Ready => _splice.Endpoint.ToString();

    public Task<string> AnswerAsync(string line) =>
        Task.FromResult(IdleMemory.Measure().ToString(CultureInfo.InvariantCulture));

    public ValueTask DisposeAsync()
    {
        _splice.Dispose();
        return ValueTask.CompletedTask;
    }
}
