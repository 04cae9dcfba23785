#!/usr/bin/env dotnet
// A bot on a peer's local API: it lets everybody connect, and sends back what it is sent.
//     dotnet run bot.cs -- <data directory of a running peer>
// What else a peer can do for a bot is in docs/bots.md and docs/openapi.json.
#:property PublishAot=false
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

if (args is not [var data])
{
    Console.Error.WriteLine("Name the data directory of a running peer, for instance ~/.local/share/p2pchat/parrot.");
    return 2;
}

// The data directory holds the address of the peer's API and the token for it. No proxy may see the token.
using var http = new HttpClient(new HttpClientHandler { UseProxy = false })
{
    BaseAddress = new Uri(File.ReadAllText(Path.Combine(data, "api-address"))),
};
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
    "Bearer",
    File.ReadAllText(Path.Combine(data, "api-token")).Trim()
);

// Behind the last event that was seen nothing is lost: neither when the stream breaks, nor what came while we were busy.
var seen = "";
while (true)
{
    SseParser<string>? events = null;
    try
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        if (seen.Length > 0)
            request.Headers.Add("Last-Event-ID", seen);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        events = SseParser.Create(await response.Content.ReadAsStreamAsync());
        Console.WriteLine("listening");
        await foreach (var item in events.EnumerateAsync())
        {
            using var happened = JsonDocument.Parse(item.Data.Length > 0 ? item.Data : "{}");
            await AnswerAsync(item.EventType, happened.RootElement, events.LastEventId);
            seen = events.LastEventId;
        }
    }
    catch (Exception e) when (e is HttpRequestException { StatusCode: null } or IOException)
    {
        // Where nothing has happened yet, the stream has told where it began.
        if (seen.Length == 0)
            seen = events?.LastEventId ?? "";
        // The peer has ended, or is being started anew: at the same address if it has --api.
        await Task.Delay(TimeSpan.FromSeconds(2));
    }
}

async Task AnswerAsync(string type, JsonElement happened, string id)
{
    if (type == "request")
        await PostAsync($"/api/requests/{happened.GetProperty("username").GetString()}/accept", null, id);
    else if (type == "message")
        await PostAsync(
            $"/api/conversations/{happened.GetProperty("from").GetString()}/messages",
            happened.GetProperty("text").GetString(),
            id
        );
}

// The event's id as Idempotency-Key: who handles an event twice, after a crash, sends its answer once.
async Task PostAsync(string path, string? text, string id)
{
    using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "Idempotency-Key", id } } };
    if (text is not null)
        request.Content = new StringContent(
            $$"""{"text":"{{JsonEncodedText.Encode(text)}}"}""",
            Encoding.UTF8,
            "application/json"
        );
    using var response = await http.SendAsync(request);
    if (!response.IsSuccessStatusCode)
        Console.Error.WriteLine($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
}
