namespace P2PChat.Node.Rooms;

/// <summary>What becomes due in rooms without anything arriving. Used under the book's lock.</summary>
internal sealed class RoomTimers(RoomBook book, RoomLinks links, RoomCatchUps catchUps, RoomDelivery delivery)
{
    private static readonly TimeSpan CleanUpEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan ProofsEvery = TimeSpan.FromMinutes(1);

    private DateTimeOffset _nextCleanUp;
    private DateTimeOffset _nextProofs;

    /// <summary>When <see cref="Tick"/> has something to do; null if nothing is known to become due.</summary>
    public DateTimeOffset? Deadline(DateTimeOffset now)
    {
        var deadline = book.All.SelectMany(room => new[] { room.Machine.Deadline, room.Signals.Deadline }).Min();
        if (book.All.Any(room => room.IsBehind))
        {
            var next = now + RoomCatchUps.Every;
            deadline = deadline < next ? deadline : next;
        }

        if (book.All.Any(room => room.Request is not null))
        {
            deadline = deadline < _nextProofs ? deadline : _nextProofs;
        }

        return deadline;
    }

    /// <summary>Does what is due.</summary>
    public void Tick(RoomWork work, DateTimeOffset now)
    {
        foreach (var room in book.All.Where(room => room.Machine.Deadline <= now).ToList())
        {
            try
            {
                work.Touch(room).Machine.Tick(now);
            }
            catch (Exception exception)
            {
                book.Close(room.Id, exception);
            }
        }

        foreach (var room in book.All.Where(room => room.Signals.Deadline <= now).ToList())
        {
            delivery.ShowDue(room, now);
        }

        catchUps.Advance(book.All, work, now);
        if (now >= _nextProofs)
        {
            _nextProofs = now + ProofsEvery;
            links.Tick(work);
        }

        if (now >= _nextCleanUp)
        {
            _nextCleanUp = now + CleanUpEvery;
            foreach (var room in book.All.Where(room => RoomQuota.IsExpired(room, now)).ToList())
            {
                book.Delete(work.Touch(room), work.Batch);
            }
        }
    }
}
