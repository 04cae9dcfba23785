using Microsoft.Data.Sqlite;
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
}
