using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using static P2PChat.AppHost.Commands.CommandAnswers;

namespace P2PChat.AppHost.Commands;

/// <summary>Carries out the commands of one peer.</summary>
/// <param name="peer">Whose commands they are.</param>
/// <param name="everybody">The app's peers, this one among them.</param>
/// <param name="patience">How long to wait for what somebody else must do.</param>
internal sealed class PeerCommandRunner(PeerSettings peer, PeerDirectories everybody, TimeSpan patience)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public async Task<ExecuteCommandResult> OpenPageAsync(ExecuteCommandContext context)
    {
        using var api = await PeerApi.OpenAsync(peer, context.CancellationToken);
        var link = await api.PostAsync("/api/web-links", null, context.CancellationToken);
        return Shown(
            $"The link to {peer.Username}'s page works for a minute.",
            $"[Open {peer.Username}'s page]({link.GetProperty("url").GetString()})"
        );
    }

    public async Task<ExecuteCommandResult> ConnectAsync(ExecuteCommandContext context)
    {
        var to = context.Argument("to");
        using var api = await PeerApi.OpenAsync(peer, context.CancellationToken);
        using var bounded = Bounded(context.CancellationToken);
        try
        {
            var events = await api.ListenAsync(bounded.Token);
            await api.PostAsync("/api/connections", new { username = to }, bounded.Token);
            await foreach (var (type, data) in events)
            {
                if (!data.TryGetProperty("username", out var about) || about.GetString() != to)
                {
                    continue;
                }

                if (type == "connected")
                {
                    return Done($"{peer.Username} and {to} are connected.");
                }

                if (type == "disconnected")
                {
                    throw new CommandRefusedException(
                        $"{peer.Username} and {to} are not connected: {data.GetProperty("reason").GetString()}."
                    );
                }
            }
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            // Said below: it is no failure that a person takes their time.
        }

        return Done($"{to} has been asked and has not answered yet: 'Accept' there lets {peer.Username} connect.");
    }

    public async Task<ExecuteCommandResult> AcceptAsync(ExecuteCommandContext context)
    {
        var from = context.Argument("from");
        using var api = await PeerApi.OpenAsync(peer, context.CancellationToken);
        await api.PostAsync($"/api/requests/{Uri.EscapeDataString(from)}/accept", null, context.CancellationToken);
        return Done($"{peer.Username} lets {from} connect.");
    }

    public async Task<ExecuteCommandResult> SendAsync(ExecuteCommandContext context) =>
        Done(await SendAsync(context.Argument("to"), context.Argument("text"), context.CancellationToken));

    /// <returns>What has become of it, as a sentence.</returns>
    internal async Task<string> SendAsync(string to, string text, CancellationToken cancellation)
    {
        using var api = await PeerApi.OpenAsync(peer, cancellation);
        using var bounded = Bounded(cancellation);
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var events = await api.ListenAsync(bounded.Token);
            var sent = await api.PostAsync(
                $"/api/conversations/{Uri.EscapeDataString(to)}/messages",
                new { text },
                bounded.Token
            );
            if (sent.TryGetProperty("route", out var route) && route.GetString() is "mailbox" or "queue")
            {
                return $"{to} is not connected. The message is queued, and is sent automatically.";
            }

            var id = sent.GetProperty("id").GetString();
            await foreach (var (type, data) in events)
            {
                if (type != "receipt" || data.GetProperty("id").GetString() != id)
                {
                    continue;
                }
                // It may be told as sent before.
                var state = data.GetProperty("state").GetString();
                if (state is "delivered" or "read")
                {
                    return string.Create(
                        CultureInfo.InvariantCulture,
                        $"{to} has it, after {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0} ms."
                    );
                }

                if (state is "refused")
                {
                    throw new CommandRefusedException($"{to} does not want it.");
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Said below.
        }

        return $"It is sent, and {to} has not acknowledged it yet.";
    }

    public async Task<ExecuteCommandResult> ShowConversationAsync(ExecuteCommandContext context)
    {
        var with = context.Argument("with");
        using var api = await PeerApi.OpenAsync(peer, context.CancellationToken);
        var page = await api.GetAsync(
            $"/api/conversations/{Uri.EscapeDataString(with)}/messages",
            context.CancellationToken
        );
        var messages = page.GetProperty("messages").EnumerateArray().ToList();
        return Shown(
            $"{peer.Username} and {with}: the latest {messages.Count} messages.",
            Table(
                ["Sent", "From", "Text", "State"],
                messages.Select(message =>
                    (string[])
                        [
                            Time(message.GetProperty("sentAt")),
                            message.GetProperty("from").GetString()!,
                            message.GetProperty("text").GetString()!,
                            message.GetProperty("state").GetString()!,
                        ]
                )
            )
        );
    }

    public async Task<ExecuteCommandResult> CrashAsync(ExecuteCommandContext context)
    {
        using var api = await PeerApi.OpenAsync(peer, context.CancellationToken);
        var status = await api.GetAsync("/api/status", context.CancellationToken);
        using var process = Process.GetProcessById(status.GetProperty("processId").GetInt32());
        process.Kill();
        await process.WaitForExitAsync(context.CancellationToken);
        return Done($"{peer.Username}'s process {process.Id} is killed.");
    }

    /// <summary>Where the other is one of the app's peers, its person is taken to accept.</summary>
    public async Task<ExecuteCommandResult> TraceConversationAsync(ExecuteCommandContext context)
    {
        var (with, text) = (context.Argument("with"), context.Argument("text"));
        using var api = await PeerApi.OpenAsync(peer, context.CancellationToken);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var accepting = everybody.Find(with) is { } other
            ? AcceptWhenAskedAsync(other, ended.Token)
            : Task.CompletedTask;
        JsonElement trace;
        try
        {
            trace = await api.PostAsync("/api/traces", new { username = with, text }, context.CancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
            await accepting;
        }

        if (trace.GetProperty("traceId").GetString() is not { } id)
        {
            throw new CommandRefusedException(
                $"{peer.Username} has done it all, but exports no traces: set OTEL_EXPORTER_OTLP_ENDPOINT for it."
            );
        }

        var dashboard = context
            .Services.GetRequiredService<IConfiguration>()["ASPNETCORE_URLS"]
            ?.Split(';')[0]
            .TrimEnd('/');
        var steps = Table(
            ["Step", "after"],
            trace
                .GetProperty("steps")
                .EnumerateArray()
                .Select(step =>
                    (string[])
                        [
                            step.GetProperty("name").GetString()!,
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{step.GetProperty("afterMilliseconds").GetDouble():0.0} ms"
                            ),
                        ]
                )
        );
        return Shown(
            $"The trace is {id}.",
            $"{steps}\n{(dashboard is null ? $"Trace `{id}`" : $"[Trace {id}]({dashboard}/traces/detail/{id})")}\n"
        );
    }

    private async Task AcceptWhenAskedAsync(PeerSettings other, CancellationToken cancellation)
    {
        try
        {
            using var api = await PeerApi.OpenAsync(other, cancellation);
            while (true)
            {
                var open = (await api.GetAsync("/api/requests", cancellation)).GetProperty("requests").EnumerateArray();
                if (open.Any(request => request.GetProperty("username").GetString() == peer.Username))
                {
                    await api.PostAsync($"/api/requests/{peer.Username}/accept", null, cancellation);
                }

                await Task.Delay(Pause, cancellation);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or CommandRefusedException)
        {
            // The trace is done, or the other has gone: whoever traces is told by this peer's own answer.
        }
    }

    private CancellationTokenSource Bounded(CancellationToken cancellation)
    {
        var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(patience);
        return bounded;
    }
}
