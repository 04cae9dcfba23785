using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.DirectoryClient;

/// <summary>The reason why a path request is ignored.</summary>
internal enum PathRefusal
{
    None,

    /// <summary>The form or the signature is wrong.</summary>
    Invalid,

    /// <summary>It was sent more than 5 minutes ago, or either clock is wrong.</summary>
    WrongTime,

    /// <summary>It is for another directory, name or key, or is from this peer itself.</summary>
    NotForThisPeer,

    /// <summary>It has been received before.</summary>
    Replayed,
}

/// <summary>
/// Verifies requests for a path to this peer. The directory passes them on, but cannot make, alter or repeat them.
/// Thread-safe.
/// </summary>
internal sealed class PathRequestVerifier(
    PeerIdentity identity,
    DirectoryRegistration registration,
    PeerOptions options,
    TimeProvider timeProvider
)
{
    private const int MaxRemembered = 4096;

    private readonly Username _name = Username.Parse(options.Username);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<string> _bySeen = new();

    /// <returns>Null if the request must be ignored.</returns>
    public IncomingPath? Verify(SessionSignal signal, out PathRefusal refusal)
    {
        try
        {
            var signed = signal.Request.ToSigned();
            var request = signed.VerifyRequest(timeProvider.GetUtcNow());
            refusal =
                !IsForThisPeer(request, signed.Signer) ? PathRefusal.NotForThisPeer
                : !Remember(Convert.ToHexString(signed.Hash)) ? PathRefusal.Replayed
                : PathRefusal.None;
            return refusal == PathRefusal.None ? new IncomingPath(signal, signed, request) : null;
        }
        catch (RecordException exception)
        {
            refusal = exception.Error == RecordError.ClockSkew ? PathRefusal.WrongTime : PathRefusal.Invalid;
            return null;
        }
    }

    private bool IsForThisPeer(PathRequest request, PeerId signer) =>
        registration.DirectoryId is { } id
        && request.DirectoryId.Span.SequenceEqual(id)
        && request.To == _name.Value
        && request.ToPeerId.Span.SequenceEqual(identity.PeerId.Bytes)
        && request.From != _name.Value
        && signer != identity.PeerId;

    // By the content: a signature can be altered without becoming invalid.
    private bool Remember(string hash)
    {
        lock (_gate)
        {
            if (!_seen.Add(hash))
            {
                return false;
            }

            _bySeen.Enqueue(hash);
            if (_bySeen.Count > MaxRemembered)
            {
                _ = _seen.Remove(_bySeen.Dequeue());
            }

            return true;
        }
    }
}
