using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.DirectoryClient;

/// <summary>The answer of the peer that was asked for a path, verified.</summary>
/// <param name="Candidates">Where it may be reached; empty if it hides its address.</param>
/// <param name="ObservedAddress">The address from which the directory says that it saw the peer.</param>
internal sealed record PathAnswered(IReadOnlyList<Endpoint> Candidates, IPAddress? ObservedAddress);

/// <summary>A path session that this peer has started.</summary>
internal sealed class OpenedPath : IDisposable
{
    private readonly PathSessionResponse _response;
    private readonly SignedPath _request;
    private readonly PeerId _to;
    private readonly TaskCompletionSource<PathAnswered> _answered = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    private readonly IDisposable _subscription;

    public OpenedPath(PathSessionResponse response, SignedPath request, PeerId to, PathSignals signals)
    {
        (_response, _request, _to) = (response, request, to);
        _subscription = signals.Listen(response.SessionId, OnSignal);
    }

    public string SessionId => _response.SessionId;

    /// <summary>Secret of this peer's side.</summary>
    public string Token => _response.Token;

    /// <summary>Whether the directory offers a relay.</summary>
    public bool Relay => _response.Relay;

    /// <summary>Waits for the other peer's answer. One that it has not signed is ignored.</summary>
    public Task<PathAnswered> AnswerAsync(CancellationToken cancellationToken) =>
        _answered.Task.WaitAsync(cancellationToken);

    public void Dispose() => _subscription.Dispose();

    private void OnSignal(PathSignal received)
    {
        if (received.Signal.Kind != PathSignalKinds.Answer || _answered.Task.IsCompleted)
        {
            return;
        }

        try
        {
            var signed = received.Signal.Answer.ToSigned();
            var answer = signed.VerifyAnswer(_request);
            if (signed.Signer == _to)
            {
                _ = _answered.TrySetResult(
                    new PathAnswered([.. answer.Candidates], ObservedAddresses.Parse(received.ObservedAddress))
                );
            }
        }
        catch (RecordException)
        {
            // The directory has altered it, or lies. The answer may still come.
        }
    }
}
