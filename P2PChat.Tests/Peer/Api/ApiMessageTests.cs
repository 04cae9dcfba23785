using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using P2PChat.Client;

namespace P2PChat.Tests.Peer.Api;

/// <summary>Replies, reactions, edits, deletes and information by the API, from another process's view.</summary>
public sealed class ApiMessageTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    [Fact]
    public async Task Message_is_replied_to_changed_exported_and_deleted()
    {
        using var alice = RemotePeer.Open(peers.Alice.Data)!;
        using var bob = RemotePeer.Open(peers.Bob.Data)!;
        await ApiCalls.ConnectAsync(peers.Alice, "alice", peers.Bob, "bob");
        await using var events = await EventReader.OpenAsync(peers.Bob.Http);
        await using var own = await EventReader.OpenAsync(peers.Alice.Http);
        var sent = await alice.SendAsync("bob", "a question");
        _ = await events.NextAsync("message");

        var reply = await bob.ReplyAsync("alice", sent.Id, "an answer", "key");
        Assert.Equal(reply.Id, (await bob.ReplyAsync("alice", sent.Id, "an answer", "key")).Id);
        var answered = (await bob.GetMessageAsync("alice", reply.Id)).Message;
        Assert.Equal(new QuoteItem(sent.Id, "alice", "a question"), answered.ReplyTo);

        var reacted = await bob.ReactAsync("alice", sent.Id, "👍");
        Assert.Equal([new ReactionItem("bob", "👍")], reacted.Reactions!);
        var edited = await alice.EditMessageAsync("bob", sent.Id, "a better question");
        Assert.Equal("a better question", edited.Text);
        Assert.NotNull(edited.EditedAt);

        var changed = JsonDocument
            .Parse(await events.NextAsync("message-changed", data => data.Contains("better", StringComparison.Ordinal)))
            .RootElement;
        Assert.Equal("alice", changed.GetProperty("username").GetString());
        Assert.Equal("alice", changed.GetProperty("by").GetString());
        Assert.Equal("edit", changed.GetProperty("change").GetString());
        Assert.Equal(sent.Id, changed.GetProperty("message").GetProperty("id").GetGuid());

        Assert.Equal(
            $$"""{"username":"bob","id":"{{sent.Id}}","from":"alice","change":"edit","state":"delivered"}""",
            await own.NextAsync("change-receipt")
        );
        Assert.Equal(MessageState.Delivered, (await alice.GetMessageAsync("bob", sent.Id)).Message.ChangeState);

        var info = await bob.GetMessageAsync("alice", sent.Id);
        Assert.Equal(["a question"], info.Versions.Select(version => version.Text));
        Assert.NotNull(info.ReceivedAt);
        Assert.Equal(
            [(MessageChange.Edit, "alice"), (MessageChange.Reaction, "bob")],
            info.Changes.Select(change => (change.Change, change.From))
        );
        var lines = await ExportAsync(bob, "alice");
        Assert.Contains("a better question", lines, StringComparison.Ordinal);
        Assert.Contains("\"editedAt\":", lines, StringComparison.Ordinal);
        Assert.Contains("\"reactions\":[{\"from\":\"bob\",\"emoji\":", lines, StringComparison.Ordinal);
        Assert.Contains($"\"replyTo\":{{\"id\":\"{sent.Id}\",\"from\":\"alice\"", lines, StringComparison.Ordinal);

        Assert.Null((await bob.ReactAsync("alice", sent.Id, emoji: null)).Reactions);
        await alice.DeleteMessageForEveryoneAsync("bob", sent.Id);
        await alice.DeleteMessageForEveryoneAsync("bob", sent.Id);
        _ = await events.NextAsync("message-changed", data =>
            data.Contains("\"change\":\"delete\"", StringComparison.Ordinal)
        );
        var removed = (await bob.GetMessagesAsync("alice")).Messages[0];
        Assert.Equal(("", true), (removed.Text, removed.Deleted));
        Assert.Equal(
            new QuoteItem(sent.Id, "alice", Text: null, Deleted: true),
            (await bob.GetMessagesAsync("alice")).Messages[1].ReplyTo
        );
        foreach (var exported in new[] { await ExportAsync(alice, "bob"), await ExportAsync(bob, "alice") })
        {
            var deleted = exported.Split('\n')[0];
            Assert.Contains(
                $"\"id\":\"{sent.Id}\",\"from\":\"alice\",\"text\":\"\",",
                deleted,
                StringComparison.Ordinal
            );
            Assert.Contains("\"deleted\":true", deleted, StringComparison.Ordinal);
            // Neither of its two texts, also not in the quote of the reply.
            Assert.DoesNotContain("question", exported, StringComparison.Ordinal);
            Assert.Contains("an answer", exported, StringComparison.Ordinal);
        }

        await RefusedAsync(HttpMethod.Delete, "alice", $"{sent.Id}?for=everyone", null, 403, "not-your-message");
        await RefusedAsync(HttpMethod.Patch, "alice", $"{sent.Id}", new EditRequest("x"), 403, "not-your-message");
        await RefusedAsync(
            HttpMethod.Put,
            "alice",
            $"{sent.Id}/reaction",
            new ReactionRequest("👍"),
            410,
            "message-deleted"
        );
        await bob.DeleteMessageAsync("alice", sent.Id);
        await RefusedAsync(HttpMethod.Get, "alice", $"{sent.Id}", null, 404, "unknown-message");
    }

    private static async Task<string> ExportAsync(RemotePeer peer, string with)
    {
        using var export = new MemoryStream();
        await peer.ExportAsync(with, export);
        return Encoding.UTF8.GetString(export.ToArray());
    }

    private async Task RefusedAsync(HttpMethod method, string with, string path, object? body, int status, string type)
    {
        using var request = new HttpRequestMessage(method, $"/api/conversations/{with}/messages/{path}")
        {
            Content = body is null ? null : JsonContent.Create(body, body.GetType()),
        };
        using var response = await peers.Bob.Http.SendAsync(request);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal($"urn:p2pchat:problem:{type}", problem.GetProperty("type").GetString());
        Assert.EndsWith(".", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
