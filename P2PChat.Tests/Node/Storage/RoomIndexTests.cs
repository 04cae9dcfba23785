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
        await _stored.Store.Writer.IndexWordsAsync();
        Assert.Equal((true, true), (IsInIndex("bassoonberyl"), IsInIndex("xylophonquartz")));

        batch = new RoomBatch();
        batch.Delete(deleted, StoredContents.Start);
        await _stored.Store.Rooms.SaveAsync(batch);

        Assert.Equal((true, false), (IsInIndex("bassoonberyl"), IsInIndex("xylophonquartz")));
        Assert.Single(_stored.Store.Rooms.Search(SearchQuery.Parse("bassoonberyl"), before: null, 10));
    }

    [Fact]
    public async Task Texts_are_indexed_together_after_they_are_stored()
    {
        const int Rooms = RoomIndexer.Batch + 1;
        var batch = new RoomBatch();
        for (var number = 0; number < Rooms; number++)
        {
            _ = Add(batch, number, "bassoonberyl");
        }

        await _stored.Store.Rooms.SaveAsync(batch);
        Assert.False(IsInIndex("bassoonberyl"));

        Assert.Equal(Rooms, Find("bassoonberyl"));
    }

    [Fact]
    public async Task Text_in_the_place_of_a_deleted_one_is_indexed()
    {
        var batch = new RoomBatch();
        var deleted = Add(batch, 1, "bassoonberyl");
        await _stored.Store.Rooms.SaveAsync(batch);
        Assert.Equal(1, Find("bassoonberyl"));

        batch = new RoomBatch();
        batch.Delete(deleted, StoredContents.Start);
        _ = Add(batch, 2, "xylophonquartz");
        await _stored.Store.Rooms.SaveAsync(batch);

        Assert.Equal((0, 1), (Find("bassoonberyl"), Find("xylophonquartz")));
    }

    [Fact]
    public async Task Text_that_comes_back_is_indexed_and_a_deleted_one_never()
    {
        var batch = new RoomBatch();
        var room = Add(batch, 1, "bassoonberyl");
        await _stored.Store.Rooms.SaveAsync(batch);
        Assert.Equal(1, Find("bassoonberyl"));
        var message = _stored.Store.Rooms.Load(room)!.Snapshot.Events[^1];

        batch = new RoomBatch();
        batch.Add(room, new RoomChange.BodyChanged(message.WithoutBody()), StoredContents.Start);
        _ = Add(batch, 2, "xylophonquartz");
        await _stored.Store.Rooms.SaveAsync(batch);
        Assert.Equal((0, 1), (Find("bassoonberyl"), Find("xylophonquartz")));

        batch = new RoomBatch();
        batch.Add(room, new RoomChange.BodyChanged(message), StoredContents.Start);
        await _stored.Store.Rooms.SaveAsync(batch);
        Assert.Equal((1, 1), (Find("bassoonberyl"), Find("xylophonquartz")));
    }

    private int Find(string word) =>
        _stored.Store.RoomsAfterIndexing().Search(SearchQuery.Parse(word), before: null, 1000).Count;

    private static RoomEventId Add(RoomBatch batch, int number, string text)
    {
        var create = RoomMachine.Create(
            RoomKeys.Of(0),
            "Hiking",
            history: 0,
            [.. BitConverter.GetBytes(number), .. new byte[12]]
        );
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
