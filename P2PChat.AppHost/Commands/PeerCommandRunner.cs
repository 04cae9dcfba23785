using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Client;
using static P2PChat.AppHost.Commands.CommandAnswers;

namespace P2PChat.AppHost.Commands;

/// <summary>Executes the dashboard commands of one peer.</summary>
/// <param name="peer">The peer.</param>
/// <param name="peers">All peers of the app, including this one.</param>
/// <param name="patience">How long to wait for another peer.</param>
internal sealed class PeerCommandRunner(PeerSettings peer, PeerDirectories peers, TimeSpan patience)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    public Task<ExecuteCommandResult> OpenPageAsync(ExecuteCommandContext context) =>
        CallAsync(async api =>
        {
            var link = await api.CreateWebLinkAsync(context.CancellationToken);
            return Shown(
                $"The link to {peer.Username}'s page works for a minute.",
                $"[Open {peer.Username}'s page]({link.Url})"
            );
        });

    public Task<ExecuteCommandResult> ConnectAsync(ExecuteCommandContext context) =>
        CallAsync(async api =>
        {
            var to = context.Argument("to");
            using var timeout = Timeout(context.CancellationToken);
            try
            {
                using var events = await api.ListenAsync(cancellationToken: timeout.Token);
                await api.ConnectAsync(to, timeout.Token);
                await foreach (var apiEvent in events.WithCancellation(timeout.Token))
                {
                    switch (apiEvent)
                    {
                        case ApiEvent.Connected connected when connected.Username == to:
                            return Done($"{peer.Username} and {to} are connected.");
                        case ApiEvent.Disconnected disconnected when disconnected.Username == to:
                            throw new CommandRefusedException(
                                $"{peer.Username} and {to} are not connected: {Word(disconnected.Reason)}."
                            );
                    }
                }
            }
            catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
            {
                // The other user has not answered yet, which is not a failure.
            }

            return Done($"{to} has not answered yet. To let {peer.Username} connect, use 'Accept' there.");
        });

    public Task<ExecuteCommandResult> AcceptAsync(ExecuteCommandContext context) =>
        CallAsync(async api =>
        {
            var from = context.Argument("from");
            await api.AcceptAsync(from, context.CancellationToken);
            return Done($"{peer.Username} has accepted {from}'s request.");
        });

    public async Task<ExecuteCommandResult> SendAsync(ExecuteCommandContext context) =>
        Done(await SendAsync(context.Argument("to"), context.Argument("text"), context.CancellationToken));

    /// <returns>The outcome, as a sentence.</returns>
    internal Task<string> SendAsync(string to, string text, CancellationToken cancellationToken) =>
        CallAsync(async api =>
        {
            using var timeout = Timeout(cancellationToken);
            var startedAt = Stopwatch.GetTimestamp();
            try
            {
                using var events = await api.ListenAsync(cancellationToken: timeout.Token);
                var (id, route) = await api.SendAsync(to, text, cancellationToken: timeout.Token);
                if (route != SendRoute.Link)
                {
                    return $"{to} is not connected. The message is queued, and is sent automatically.";
                }

                await foreach (var apiEvent in events.WithCancellation(timeout.Token))
                {
                    if (apiEvent is not ApiEvent.Receipt receipt || receipt.Id != id)
                    {
                        continue;
                    }

                    switch (receipt.State)
                    {
                        case MessageState.Delivered or MessageState.Read:
                            var elapsed = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
                            return string.Create(
                                CultureInfo.InvariantCulture,
                                $"Delivered to {to} after {elapsed:0} ms."
                            );
                        case MessageState.Refused:
                            throw new CommandRefusedException($"{to} refused the message.");
                    }
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // It may still be acknowledged later.
            }

            return $"Sent. {to} has not acknowledged the message yet.";
        });

    public Task<ExecuteCommandResult> ShowConversationAsync(ExecuteCommandContext context) =>
        CallAsync(async api =>
        {
            var with = context.Argument("with");
            var page = await api.GetMessagesAsync(with, cancellationToken: context.CancellationToken);
            return Shown(
                $"{peer.Username} and {with}: the latest {page.Messages.Count} messages.",
                Table(
                    ["Sent", "From", "Text", "State"],
                    page.Messages.Select(message =>
                        (string[])[Time(message.SentAt), message.From, message.Text, Word(message.State)]
                    )
                )
            );
        });

    public Task<ExecuteCommandResult> CrashAsync(ExecuteCommandContext context) =>
        CallAsync(async api =>
        {
            var status = await api.GetStatusAsync(context.CancellationToken);
            using var process = Process.GetProcessById(status.ProcessId);
            process.Kill();
            await process.WaitForExitAsync(context.CancellationToken);
            return Done($"{peer.Username}'s process {process.Id} is killed.");
        });

    /// <summary>Traces a conversation. If the other peer belongs to this app, it accepts automatically.</summary>
    public Task<ExecuteCommandResult> TraceConversationAsync(ExecuteCommandContext context) =>
        CallAsync(async api =>
        {
            var (with, text) = (context.Argument("with"), context.Argument("text"));
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
            var accepting = peers.Find(with) is { } other ? AcceptAsync(other, ended.Token) : Task.CompletedTask;
            TraceResponse trace;
            try
            {
                trace = await api.TraceAsync(with, text, context.CancellationToken);
            }
            finally
            {
                await ended.CancelAsync();
                await accepting;
            }

            if (trace.TraceId is not { } id)
            {
                throw new CommandRefusedException(
                    $"The conversation is done, but {peer.Username} exports no traces. "
                        + "Set OTEL_EXPORTER_OTLP_ENDPOINT for it."
                );
            }

            return Shown($"The trace is {id}.", $"{Steps(trace)}\n{Link(id, context.Services)}\n");
        });

    private static string Steps(TraceResponse trace) =>
        Table(
            ["Step", "after"],
            trace.Steps.Select(step =>
                (string[])[step.Name, string.Create(CultureInfo.InvariantCulture, $"{step.AfterMilliseconds:0.0} ms")]
            )
        );

    private static string Link(string traceId, IServiceProvider services)
    {
        var dashboard = services.GetRequiredService<IConfiguration>()["ASPNETCORE_URLS"]?.Split(';')[0].TrimEnd('/');
        return dashboard is null ? $"Trace `{traceId}`" : $"[Trace {traceId}]({dashboard}/traces/detail/{traceId})";
    }

    // Accepts this peer's requests on another peer until cancelled.
    private async Task AcceptAsync(PeerSettings other, CancellationToken cancellationToken)
    {
        try
        {
            using var api = Open(other);
            while (true)
            {
                var open = await api.ListRequestsAsync(cancellationToken);
                if (open.Requests.Any(request => request.Username == peer.Username))
                {
                    await api.AcceptAsync(peer.Username, cancellationToken);
                }

                await Task.Delay(PollInterval, cancellationToken);
            }
        }
        catch (Exception exception)
            when (exception
                    is OperationCanceledException
                        or CommandRefusedException
                        or PeerApiException
                        or HttpRequestException
                        or IOException
            )
        {
            // The trace is done, or the other peer is gone. Then the trace itself reports the failure.
        }
    }

    private async Task<T> CallAsync<T>(Func<RemotePeer, Task<T>> callAsync)
    {
        using var api = Open(peer);
        try
        {
            return await callAsync(api);
        }
        catch (PeerApiException refusal)
        {
            // The same sentence that the peer's console prints.
            throw new CommandRefusedException(refusal.Message);
        }
        catch (HttpRequestException exception) when (exception.InnerException is TimeoutException)
        {
            throw new CommandRefusedException($"{peer.Username} does not answer. It may be suspended or very busy.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // A peer that was killed leaves its address behind.
            throw NotRunning(peer);
        }
        catch (JsonException)
        {
            throw new CommandRefusedException($"{peer.Username} gave no valid answer. See its log.");
        }
    }

    private static RemotePeer Open(PeerSettings peer) => RemotePeer.Open(peer.DataDirectory) ?? throw NotRunning(peer);

    private static CommandRefusedException NotRunning(PeerSettings peer) =>
        new($"{peer.Username} is not running. Use 'Start'.");

    private CancellationTokenSource Timeout(CancellationToken cancellationToken)
    {
        var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(patience);
        return timeout;
    }
}
