using System.Diagnostics;
using OpenTelemetry;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Usernames are in our paths, so that an HTTP span goes out with its route and without its path. What stays is a list of
/// what may, for a later .NET may add tags that we don't know of yet.
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

    // On any span: a Redis client's statement may hold a key, and our keys hold names.
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

        var unwanted = data
            .TagObjects.Select(tag => tag.Key)
            .Where(key => !Kept.Contains(key) && !key.StartsWith(OwnPrefix, StringComparison.Ordinal))
            .ToArray();
        foreach (var tag in unwanted)
        {
            data.SetTag(tag, null);
        }

        data.DisplayName = NameOf(data);
        // The description is an exception's message, and that may quote the request.
        if (data.StatusDescription is not null)
        {
            data.SetStatus(data.Status);
        }
    }

    // GET /peers/{username}, or GET alone where no route is known.
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
