using System.Net;
using System.Threading.Channels;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// A path session that another peer has started with this one. Its request is verified, but whether the sender is
/// blocked or its key is pinned is not.
/// </summary>
internal sealed class IncomingPath(SessionSignal signal, SignedPath signed, PathRequest request) : IDisposable
{
    private readonly Channel<int> _starts = Channel.CreateBounded<int>(
        new BoundedChannelOptions(4) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private IDisposable? _subscription;

    public string SessionId => signal.SessionId;

    /// <summary>Secret of this peer's side.</summary>
    public string Token => signal.Token;

    /// <summary>Whether the directory offers a relay.</summary>
    public bool Relay => signal.Relay;

    public Username From { get; } = Username.Parse(request.From);

    /// <summary>The key that has signed the request.</summary>
    public PeerId FromPeerId { get; } = signed.Signer;

    /// <summary>Where the sender may be reached; empty if it hides its address.</summary>
    public IReadOnlyList<Endpoint> Candidates => request.Candidates;

    /// <summary>Whether the sender opens no relay leg.</summary>
    public bool WithoutRelay => request.WithoutRelay;

    /// <summary>Whether the sender only tests which paths work, and uses none.</summary>
    public bool IsTest => request.IsTest;

    /// <summary>The address from which the directory says that it saw the sender; null if it does not say.</summary>
    public IPAddress? ObservedAddress { get; } = ObservedAddresses.Parse(signal.ObservedAddress);

    /// <summary>SHA-256 of the request, which the answer names.</summary>
    public byte[] RequestHash => signed.Hash;

    /// <summary>Receives the number of each try, 2 or 3, that the sender starts.</summary>
    public ChannelReader<int> Starts => _starts.Reader;

    /// <summary>Begins to listen to the sender's signals.</summary>
    public void Listen(PathSignals signals) => _subscription = signals.Listen(SessionId, OnSignal);

    public void Dispose() => _subscription?.Dispose();

    private void OnSignal(PathSignal received)
    {
        if (received.Signal is { Kind: PathSignalKinds.Start, Try: 2 or 3 })
        {
            _ = _starts.Writer.TryWrite(received.Signal.Try);
        }
    }
}
