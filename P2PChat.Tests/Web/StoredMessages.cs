using Microsoft.Data.Sqlite;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>Changes the messages in the store of a running peer, as no interface could.</summary>
internal static class StoredMessages
{
    public static async Task ChangeAsync(TestPeer peer, string sql)
    {
        await using var store = new SqliteConnection($"Data Source={Path.Combine(peer.Data, "peer.db")};Pooling=False");
        await store.OpenAsync();
        await using var command = store.CreateCommand();
        command.CommandText = sql;
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
    }

    /// <summary>Alice says "mine" and Bob "theirs". In Alice's store both messages then have one id.</summary>
    public static async Task<Guid> ShareIdAsync(WebPeers peers)
    {
        var (with, from) = (peers.Bob.Status.Name, peers.Alice.Status.Name);
        var sent = await peers.Alice.Messages.SendAsync(with, "mine");
        _ = await peers.Bob.Messages.SendAsync(from, "theirs");
        await Eventually.True(
            () => peers.Alice.Messages.Page(with, null, null, 10).Messages.Count == 2,
            PeerUnderTest.Soon,
            "alice has both"
        );
        await ChangeAsync(
            peers.Alice,
            "UPDATE messages SET id = (SELECT id FROM messages WHERE text = 'mine') WHERE text = 'theirs'"
        );
        return sent.Id;
    }
}
