using System.Diagnostics;
using OpenTelemetry;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Removes paths from HTTP spans, because paths contain usernames; the route stays. Tags are kept by an allow-list,
/// because a later .NET may add others.
/// </summary>
internal sealed class HttpSpanCleaner : BaseProcessor<Activity>
{
    private const string OwnPrefix = "p2pchat.";

    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "error.type",
        "http.request.method",
        "http.request.resend_count",
        "http.response.status_code",
        "http.route",
        "network.peer.address",
        "network.peer.port",
        "network.protocol.name",
        "network.protocol.version",
        "server.address",
        "server.port",
        "url.scheme",
        "url.template",
    };

    // Applies to every span: a Redis statement may contain a key, and keys contain usernames.
    private static readonly string[] NeverKept =
    [
        "db.query.text",
        "db.statement",
        "http.target",
        "http.url",
        "url.full",
        "url.path",
        "url.query",
    ];

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name is not ("Microsoft.AspNetCore" or "System.Net.Http"))
        {
            foreach (var tag in NeverKept)
            {
                if (data.GetTagItem(tag) is not null)
                {
                    data.SetTag(tag, null);
                }
            }

            return;
        }

        var removed = data
            .TagObjects.Select(tag => tag.Key)
            .Where(key => !Kept.Contains(key) && !key.StartsWith(OwnPrefix, StringComparison.Ordinal))
            .ToArray();
        foreach (var tag in removed)
        {
            data.SetTag(tag, null);
        }

        data.DisplayName = NameOf(data);
        // The description is an exception's message, which may quote the request.
        if (data.StatusDescription is not null)
        {
            data.SetStatus(data.Status);
        }
    }

    // GET /peers/{username}, or only GET if the route is unknown.
    private static string NameOf(Activity activity)
    {
        var method = activity.GetTagItem("http.request.method") as string;
        if (method is null or "_OTHER")
        {
            method = "HTTP";
        }

        var route = activity.GetTagItem("http.route") ?? activity.GetTagItem("url.template");
        return route is null ? method : $"{method} {route}";
    }
}
