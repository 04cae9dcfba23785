using Microsoft.Data.Sqlite;
using P2PChat.Node.Storage;
using P2PChat.Node.Storage.Search;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The index of the texts of rooms.</summary>
public sealed class RoomIndexTests : IDisposable
{
    private readonly StoredContents _stored = new();

    public void Dispose() => _stored.Dispose();

    [Fact]
    public async Task Words_of_a_deleted_room_leave_the_index()
    {
        var batch = new RoomBatch();
        _ = Add(batch, 1, "bassoonberyl");
        var deleted = Add(batch, 2, "xylophonquartz");
        await _stored.Store.Rooms.SaveAsync(batch);
        Assert.Equal((true, true), (IsInIndex("bassoonberyl"), IsInIndex("xylophonquartz")));

        batch = new RoomBatch();
        batch.Delete(deleted, StoredContents.Start);
        await _stored.Store.Rooms.SaveAsync(batch);

        Assert.Equal((true, false), (IsInIndex("bassoonberyl"), IsInIndex("xylophonquartz")));
        Assert.Single(_stored.Store.Rooms.Search(SearchQuery.Parse("bassoonberyl"), before: null, 10));
    }

    private static RoomEventId Add(RoomBatch batch, byte number, string text)
    {
        var create = RoomMachine.Create(RoomKeys.Of(0), "Hiking", history: 0, [number, .. new byte[15]]);
        var machine = new RoomMachine(RoomKeys.Of(0), new RoomSnapshot(create.Id, [create], [], []));
        Assert.Null(machine.Send(new RoomMessage(text, StoredContents.Start)));
        batch.Add(create.Id, inviter: null, StoredContents.Start);
        batch.Add(create.Id, new RoomChange.Added(create, IsUnsent: false), StoredContents.Start);
        batch.Add(
            create.Id,
            new RoomChange.Added(machine.Log.Messages.Ordered.Single().Event, IsUnsent: false),
            StoredContents.Start
        );
        return create.Id;
    }

    private bool IsInIndex(string word)
    {
        using var reader = new SqliteConnection($"Data Source={_stored.FilePath};Mode=ReadOnly;Pooling=False");
        reader.Open();
        using var command = reader.CreateCommand();
        command.CommandText = "SELECT count(*) FROM room_words_data WHERE instr(block, CAST($word AS BLOB))";
        _ = command.Parameters.AddWithValue("$word", word);
        return command.ExecuteScalar() is not 0L;
    }
}
