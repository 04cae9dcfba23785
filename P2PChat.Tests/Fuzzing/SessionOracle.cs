using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Checks a session's invariants from the outside.</summary>
internal sealed class SessionOracle
{
    private const int MostLinks = 10;

    private readonly InboxOracle _inbox = new();
    private readonly SortedDictionary<int, LinkStage> _links = [];
    private Username? _asking;
    private bool _connected;
    private int _lastLink;

    /// <summary>Number of delivered messages.</summary>
    public int Taken => _inbox.Taken;

    public int NewLink(bool isOutbound)
    {
        _links.Add(++_lastLink, new LinkStage(isOutbound));
        return _lastLink;
    }

    /// <summary>Mostly a link that exists.</summary>
    public int Some(Random random) =>
        _links.Count == 0 || random.Next(20) == 0
            ? random.Next(_lastLink + 2)
            : _links.Keys.ElementAt(random.Next(_links.Count));

    public LinkStage StageOf(int link) => _links.GetValueOrDefault(link) ?? new LinkStage(isOutbound: false);

    public void Gone(int link) => _ = _links.Remove(link);

    /// <summary>Records that the user accepted, which requires a request.</summary>
    public void Accepting(bool found) => Assert.True(!found || _asking is not null, "accepted without a request");

    public void Take(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.Transmit transmit:
                Assert.True(_links.ContainsKey(transmit.Link));
                Assert.True(
                    transmit.Frame.BodyCase is not (Frame.BodyOneofCase.Message or Frame.BodyOneofCase.Skip)
                        || _connected,
                    "a message was sent before the accept"
                );
                break;
            case SessionEffect.Close close:
                Assert.True(_links.ContainsKey(close.Link));
                Gone(close.Link);
                break;
            case SessionEffect.RequestArrived arrived:
                Assert.False(_connected);
                _asking = arrived.Name;
                break;
            case SessionEffect.RequestWithdrawn:
                Assert.NotNull(_asking);
                _asking = null;
                break;
            case SessionEffect.Connected connected:
                Assert.False(_connected);
                // The connected peer has the name that its request gave.
                Assert.True(
                    _asking is null || _asking == connected.Name,
                    $"request from {_asking}, but connected to {connected.Name}"
                );
                (_connected, _asking) = (true, null);
                break;
            case SessionEffect.PathChanged changed:
                Assert.True(_connected);
                Assert.NotEqual(LinkPath.Unspecified, changed.Path);
                break;
            case SessionEffect.Disconnected:
                Assert.True(_connected);
                _connected = false;
                break;
            case SessionEffect.Store store:
                _inbox.Note(store.Change);
                break;
            case SessionEffect.Deliver deliver:
                Assert.True(_connected, "a message was delivered before the accept");
                _inbox.Take(deliver.Message);
                break;
        }
    }

    public void Agree(PeerSession machine)
    {
        Assert.Equal(machine.IsConnected, _connected);
        Assert.InRange(_links.Count, 0, MostLinks);
        if (!machine.HasReceivedRequest)
        {
            _asking = null;
        }
    }
}
