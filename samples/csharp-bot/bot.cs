#!/usr/bin/env dotnet
// A bot that accepts every request, and sends each message back. It joins every room to which it is invited, and sends
// back messages that mention it there.
//     dotnet run bot.cs -- <data directory of a running peer>
// docs/bots.md and docs/openapi.json describe what else a bot can do.
#:project ../../P2PChat.Client
#:property PublishAot=false
using P2PChat.Client;

if (args is not [var data])
{
    Console.Error.WriteLine("Give the data directory of a running peer, for example ~/.local/share/p2pchat/parrot.");
    return 2;
}

if (RemotePeer.Open(data) is not { } peer)
{
    Console.Error.WriteLine($"No peer runs on {data}. Start it first.");
    return 1;
}

// Resuming after the last handled event means that no event is lost, even if the connection breaks.
string? lastEventId = null;
while (true)
{
    EventSubscription? events = null;
    try
    {
        events = await peer.ListenAsync(lastEventId);
        Console.WriteLine("listening");
        // Some invitations may have come while the bot was not running.
        foreach (var room in await ListRoomsAsync())
        {
            await HandleAsync(new ApiEvent.RoomChanged(room));
        }

        await foreach (var apiEvent in events)
        {
            await HandleAsync(apiEvent);
        }
    }
    catch (Exception exception) when (exception is HttpRequestException or IOException)
    {
        // The peer has ended or is restarting. With --api it comes back at the same address.
        await Task.Delay(TimeSpan.FromSeconds(2));
    }
    finally
    {
        lastEventId = events?.LastEventId ?? lastEventId;
    }
}

// If the peer cannot list them now, later invitations still come as events.
async Task<IReadOnlyList<RoomItem>> ListRoomsAsync()
{
    try
    {
        return (await peer.Rooms.ListAsync()).Rooms;
    }
    catch (PeerApiException refusal)
    {
        Console.Error.WriteLine(refusal.Message);
        return [];
    }
}

async Task HandleAsync(ApiEvent apiEvent)
{
    try
    {
        if (apiEvent is ApiEvent.RequestReceived request)
        {
            await peer.AcceptAsync(request.Username);
        }
        else if (apiEvent is ApiEvent.MessageReceived { Message: var message })
        {
            // If an event is handled twice, after a crash, the idempotency key prevents a second answer.
            await peer.SendAsync(message.From, message.Text, idempotencyKey: apiEvent.EventId);
        }
        else if (apiEvent is ApiEvent.RoomChanged { Room: { Standing: RoomStanding.Invited } room })
        {
            await peer.Rooms.JoinAsync(room.Id);
        }
        else if (apiEvent is ApiEvent.RoomMessageReceived { Message: { MentionsYou: true } said })
        {
            // "@" would mention the bot itself and other bots, which would answer without end.
            var text = said.Text.Replace("@", "", StringComparison.Ordinal);
            await peer.Rooms.SendAsync(said.Room, text, replyTo: said.Id, idempotencyKey: apiEvent.EventId);
        }
    }
    catch (PeerApiException refusal)
    {
        Console.Error.WriteLine(refusal.Message);
    }
}
