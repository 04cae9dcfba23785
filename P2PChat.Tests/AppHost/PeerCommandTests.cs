using Microsoft.AspNetCore.Http;
using P2PChat.AppHost;
using P2PChat.AppHost.Commands;
using P2PChat.Peer.Api;
using P2PChat.Tests.Node;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.AppHost;

/// <summary>Runs commands against a scripted peer.</summary>
public sealed class PeerCommandTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly TempDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("delivered")]
    [InlineData("sent", "delivered")]
    [InlineData("read")]
    public async Task Acknowledged_message_is_reported_as_delivered(params string[] states)
    {
        await using var api = await ToldAsync(states);

        Assert.StartsWith(
            "bob has it, after",
            await Alice(Long).SendAsync("bob", "hello", CancellationToken.None),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Unacknowledged_message_is_reported_as_sent()
    {
        await using var api = await ToldAsync("sent");

        Assert.Equal(
            "It is sent, and bob has not acknowledged it yet.",
            await Alice(TimeSpan.FromSeconds(1)).SendAsync("bob", "hello", CancellationToken.None)
        );
    }

    [Fact]
    public async Task Refused_message_is_reported_as_refused()
    {
        await using var api = await ToldAsync("sent", "refused");

        var refusal = await Assert.ThrowsAsync<CommandRefusedException>(() =>
            Alice(Long).SendAsync("bob", "hello", CancellationToken.None)
        );
        Assert.Equal("bob does not want it.", refusal.Message);
    }

    [Theory]
    [InlineData("mailbox")]
    [InlineData("queue")]
    public async Task Message_to_a_disconnected_peer_is_reported_at_once(string route)
    {
        await using var api = await ToldAsync([], route);

        Assert.Equal(
            "bob is not connected. The message is queued, and is sent automatically.",
            await Alice(Long).SendAsync("bob", "hello", CancellationToken.None)
        );
    }

    private PeerCommandRunner Alice(TimeSpan patience)
    {
        var alice = new PeerSettings("alice", _data.Path, "ask", null);
        return new(alice, new PeerDirectories([alice]), patience);
    }

    /// <summary>A peer that accepts one message and reports these states.</summary>
    private Task<PageElsewhere> ToldAsync(params string[] states) => ToldAsync(states, "link");

    private async Task<PageElsewhere> ToldAsync(string[] states, string route)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var api = await PageElsewhere.StartAsync(async context =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                await context.Response.WriteAsJsonAsync(new { id = "1", route });
                taken.SetResult();
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            await taken.Task.WaitAsync(context.RequestAborted);
            foreach (var state in states)
            {
                await context.Response.WriteAsync($"event: receipt\ndata: {{\"id\":\"1\",\"state\":\"{state}\"}}\n\n");
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await File.WriteAllTextAsync(Path.Combine(_data.Path, ApiFiles.AddressFileName), api.Address.AbsoluteUri);
        await File.WriteAllTextAsync(Path.Combine(_data.Path, ApiToken.FileName), "token");
        return api;
    }
}
