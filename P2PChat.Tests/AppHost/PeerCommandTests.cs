using Microsoft.AspNetCore.Http;
using P2PChat.AppHost;
using P2PChat.AppHost.Commands;
using P2PChat.Client;
using P2PChat.Tests.Node;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.AppHost;

/// <summary>Dashboard commands against a peer's API that the test itself plays.</summary>
public sealed class PeerCommandTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private static readonly Guid MessageId = Guid.NewGuid();

    private readonly TempDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("delivered")]
    [InlineData("sent", "delivered")]
    [InlineData("read")]
    public async Task Acknowledged_message_is_reported_as_delivered(params string[] states)
    {
        await using var api = await StartApiAsync(states);

        Assert.StartsWith(
            "Delivered to bob after",
            await Alice(Long).SendAsync("bob", "hello", CancellationToken.None),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Unacknowledged_message_is_reported_as_sent()
    {
        await using var api = await StartApiAsync("sent");

        Assert.Equal(
            "Sent. bob has not acknowledged the message yet.",
            await Alice(TimeSpan.FromSeconds(1)).SendAsync("bob", "hello", CancellationToken.None)
        );
    }

    [Fact]
    public async Task Refused_message_is_reported_as_refused()
    {
        await using var api = await StartApiAsync("sent", "refused");

        var refusal = await Assert.ThrowsAsync<CommandRefusedException>(() =>
            Alice(Long).SendAsync("bob", "hello", CancellationToken.None)
        );
        Assert.Equal("bob refused the message.", refusal.Message);
    }

    [Theory]
    [InlineData("mailbox")]
    [InlineData("queue")]
    public async Task Message_to_a_disconnected_peer_is_reported_at_once(string route)
    {
        await using var api = await StartApiAsync([], route);

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

    /// <summary>Starts an API that accepts one message and then reports these states of it.</summary>
    private Task<StubServer> StartApiAsync(params string[] states) => StartApiAsync(states, "link");

    private async Task<StubServer> StartApiAsync(string[] states, string route)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var api = await StubServer.StartAsync(async context =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                await context.Response.WriteAsJsonAsync(new { id = MessageId, route });
                sent.SetResult();
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            await sent.Task.WaitAsync(context.RequestAborted);
            foreach (var state in states)
            {
                await context.Response.WriteAsync(
                    $"event: receipt\ndata: {{\"id\":\"{MessageId}\",\"state\":\"{state}\"}}\n\n"
                );
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await File.WriteAllTextAsync(Path.Combine(_data.Path, ApiFileNames.Address), api.Address.AbsoluteUri);
        await File.WriteAllTextAsync(Path.Combine(_data.Path, ApiFileNames.Token), "token");
        return api;
    }
}
