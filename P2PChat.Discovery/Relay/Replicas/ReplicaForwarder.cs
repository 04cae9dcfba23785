using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Relay.Legs;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Relay.Replicas;

/// <summary>
/// Forwards a call to the replica that holds its path session, and the bytes of a relay leg after the upgrade. The
/// other replica checks the token.
/// </summary>
internal sealed class ReplicaForwarder(
    IReplicaRegistry registry,
    DirectoryMetrics metrics,
    IHostApplicationLifetime lifetime
) : IReplicaForwarder, IDisposable
{
    private const int MaxResponseBytes = 64 * 1024;

    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private static readonly string[] RequestHeaders =
    [
        HeaderNames.Authorization,
        HeaderNames.Upgrade,
        HeaderNames.SecWebSocketKey,
        HeaderNames.SecWebSocketVersion,
        HeaderNames.SecWebSocketProtocol,
    ];

    private static readonly string[] ResponseHeaders =
    [
        HeaderNames.RetryAfter,
        HeaderNames.WWWAuthenticate,
        HeaderNames.Upgrade,
        HeaderNames.SecWebSocketAccept,
        HeaderNames.SecWebSocketProtocol,
    ];

    private readonly HttpMessageInvoker _client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        }
    );

    public async Task<IResult?> ForwardAsync(HttpContext context, PathToken token)
    {
        if (
            ForwardedCall.IsMarked(context.Request)
            || await registry.FindAsync(token.ReplicaId, context.RequestAborted) is not { } replica
        )
        {
            metrics.Forwarded("no_replica");
            return null;
        }

        using var request = await RequestAsync(context, replica);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(ResponseTimeout);
        try
        {
            using var response = await _client.SendAsync(request, timeout.Token);
            timeout.CancelAfter(Timeout.InfiniteTimeSpan);
            metrics.Forwarded("forwarded");
            await AnswerAsync(context, response);
            return TypedResults.Empty;
        }
        catch (Exception exception)
            when (!context.Response.HasStarted
                && exception is HttpRequestException or IOException or OperationCanceledException
            )
        {
            metrics.Forwarded("unreachable");
            throw new ProblemException(RelayProblems.ReplicaUnavailable(RetryAfter));
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<HttpRequestMessage> RequestAsync(HttpContext context, ReplicaAddress replica)
    {
        var source = context.Request;
        var request = new HttpRequestMessage(
            new HttpMethod(source.Method),
            new Uri(replica.Address, source.Path.ToUriComponent())
        )
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var name in RequestHeaders.Where(source.Headers.ContainsKey))
        {
            request.Headers.TryAddWithoutValidation(name, source.Headers[name].AsEnumerable());
        }

        request.Headers.TryAddWithoutValidation(ForwardedCall.SecretHeader, replica.Secret);
        request.Headers.TryAddWithoutValidation(
            ForwardedCall.AddressHeader,
            context.Connection.RemoteIpAddress?.ToString() ?? ""
        );
        if (HttpMethods.IsGet(source.Method))
        {
            request.Headers.Connection.Add(HeaderNames.Upgrade);
            return request;
        }

        // Kestrel limits the size.
        using var body = new MemoryStream();
        await source.Body.CopyToAsync(body, context.RequestAborted);
        request.Content = new ByteArrayContent(body.ToArray());
        request.Content.Headers.TryAddWithoutValidation(HeaderNames.ContentType, source.ContentType);
        return request;
    }

    private async Task AnswerAsync(HttpContext context, HttpResponseMessage response)
    {
        var target = context.Response;
        foreach (var name in ResponseHeaders)
        {
            if (response.Headers.TryGetValues(name, out var values))
            {
                target.Headers[name] = values.ToArray();
            }
        }

        await using var source = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            target.Headers.Connection = HeaderNames.Upgrade;
            _ = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            var transport = context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport;
            if (!await SpliceAsync(transport, source, context.RequestAborted, lifetime.ApplicationStopping))
            {
                context.Abort();
            }

            return;
        }

        var body = await ReadAsync(source, context.RequestAborted);
        target.StatusCode = (int)response.StatusCode;
        if (body.Length > 0)
        {
            target.ContentType = response.Content.Headers.ContentType?.ToString();
            target.ContentLength = body.Length;
            target.BodyWriter.Write(body);
        }
    }

    private static async Task<byte[]> ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        var body = new byte[MaxResponseBytes];
        var length = await source.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return body[..length];
    }

    /// <summary>Copies both ways until one of the connections ends, or this replica stops.</summary>
    /// <returns>False if the peer has not closed the connection in time, so that it should be aborted.</returns>
    private static async Task<bool> SpliceAsync(
        IDuplexPipe peer,
        Stream replica,
        CancellationToken lost,
        CancellationToken stopping
    )
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(lost, stopping);
        var frames = new FrameBoundary();
        var toReplica = peer.Input.CopyToAsync(replica, ended.Token);
        var toPeer = CopyAsync(replica, peer.Output, frames, ended.Token);
        _ = await Task.WhenAny(toReplica, toPeer);
        await ended.CancelAsync();
        await ((Task)Task.WhenAll(toReplica, toPeer)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var timeout = new CancellationTokenSource(RelaySession.CloseTimeout);
        try
        {
            if (stopping.IsCancellationRequested)
            {
                // Tells the other replica that the leg has ended.
                await replica.DisposeAsync();
                if (frames.IsOpen)
                {
                    await RelayLeg.CloseAsync(peer.Output, RelayClose.Stopping, timeout.Token);
                }
            }

            await RelayLeg.DrainAsync(peer.Input, timeout.Token);
            return true;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task CopyAsync(
        Stream source,
        PipeWriter target,
        FrameBoundary frames,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            // A read without a buffer, so that a leg that waits holds none.
            _ = await source.ReadAsync(Memory<byte>.Empty, cancellationToken);
            var buffer = target.GetMemory();
            var read = await source.ReadAsync(buffer, cancellationToken);
            frames.Pass(buffer.Span[..read]);
            target.Advance(read);
            if (read == 0 || (await target.FlushAsync(cancellationToken)).IsCompleted)
            {
                return;
            }
        }
    }
}
