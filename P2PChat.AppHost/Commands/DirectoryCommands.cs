using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using static P2PChat.AppHost.Commands.CommandAnswers;

namespace P2PChat.AppHost.Commands;

/// <summary>The directory's commands on the dashboard.</summary>
internal static class DirectoryCommands
{
    public static IResourceBuilder<ProjectResource> WithDirectoryCommands(
        this IResourceBuilder<ProjectResource> discovery
    )
    {
        var endpoint = discovery.GetEndpoint("http");
        var joinToken = discovery.ApplicationBuilder.Configuration["Directory:JoinToken"];
        return discovery.WithCommand(
            "list-peers",
            "List peers",
            Reporting(context => ListPeersAsync(endpoint, joinToken, context)),
            new CommandOptions
            {
                Description = "Lists the directory's peers, and shows which are online.",
                IconName = "PeopleList",
                IsHighlighted = true,
            }
        );
    }

    private static async Task<ExecuteCommandResult> ListPeersAsync(
        EndpointReference endpoint,
        string? joinToken,
        ExecuteCommandContext context
    )
    {
        // No proxy may see the join token, and the directory runs on this machine.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        if (!string.IsNullOrEmpty(joinToken))
        {
            http.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, joinToken);
        }

        var peers = new List<JsonElement>();
        string? next = null;
        do
        {
            var page = await PageAsync(
                http,
                new Uri(
                    $"{endpoint.Url}/peers?limit=500{(next is null ? "" : $"&after={Uri.EscapeDataString(next)}")}"
                ),
                context.CancellationToken
            );
            peers.AddRange(page.GetProperty("peers").EnumerateArray());
            next = page.TryGetProperty("next", out var more) ? more.GetString() : null;
        } while (next is not null);

        var online = peers.Count(peer => peer.GetProperty("online").GetBoolean());
        var table = Table(
            ["Username", "", "Last seen", "PeerId"],
            peers.Select(peer =>
                (string[])
                    [
                        peer.GetProperty("username").GetString()!,
                        peer.GetProperty("online").GetBoolean() ? "online" : "offline",
                        Time(peer.GetProperty("lastSeen").GetDateTimeOffset()),
                        peer.GetProperty("peerId").GetString()!,
                    ]
            )
        );
        return Shown($"{online} of {peers.Count} peers are online.", table);
    }

    private static async Task<JsonElement> PageAsync(HttpClient http, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            return await http.GetFromJsonAsync<JsonElement>(address, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new CommandRefusedException(
                exception.StatusCode is { } status
                    ? $"The directory answered {(int)status}. See its health and its log."
                    : "The directory does not answer. Check whether it runs."
            );
        }
    }
}
