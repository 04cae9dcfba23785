using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Checks a session's invariants from the outside.</summary>
internal sealed class SessionOracle
{
    private const int MostLinks = 10;

    private readonly InboxOracle _inbox = new();
    private readonly SortedDictionary<int, LinkStage> _links = [];
    private Username? _asking;
    private bool _hasAskedForRooms;
    private bool _isForRooms;
    private bool _wasContact;

    // Null while no link is open.
    private bool? _isConnectedForRooms;
    private int _lastLink;

    /// <summary>Number of delivered messages.</summary>
    public int Taken => _inbox.Taken;

    private bool IsConnected => _isConnectedForRooms is not null;

    /// <param name="isForRooms">Whether the session asks on it for rooms.</param>
    public int NewLink(bool isOutbound, bool isForRooms = false)
    {
        _links.Add(++_lastLink, new LinkStage(isOutbound, isForRooms));
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

    /// <summary>The same for a request for rooms.</summary>
    public void AcceptingForRooms(bool found) =>
        Assert.True(!found || _hasAskedForRooms, "accepted for rooms without a request");

    public void Take(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.Transmit transmit:
                Assert.True(_links.ContainsKey(transmit.Link));
                Assert.True(
                    transmit.Frame.BodyCase is not (Frame.BodyOneofCase.Message or Frame.BodyOneofCase.Skip)
                        || IsConnected,
                    "a message was sent before the accept"
                );
                break;
            case SessionEffect.Close close:
                Assert.True(_links.ContainsKey(close.Link));
                Gone(close.Link);
                break;
            case SessionEffect.RequestArrived arrived:
                // Of those who talk, only for another relation.
                Assert.True(!IsConnected || arrived.Request.ForRooms != _isForRooms, "a request of no use");
                if (arrived.Request.ForRooms)
                {
                    _hasAskedForRooms = true;
                }
                else
                {
                    _asking = arrived.Name;
                }

                break;
            case SessionEffect.RequestWithdrawn:
                Assert.NotNull(_asking);
                _asking = null;
                break;
            case SessionEffect.Connected connected:
                Assert.NotEqual(_isForRooms, _isConnectedForRooms);
                // The connected peer has the name that its request gave.
                Assert.True(
                    _asking is null || _asking == connected.Name,
                    $"request from {_asking}, but connected to {connected.Name}"
                );
                // A link for rooms answers no request to become contacts.
                (_isConnectedForRooms, _asking) = (_isForRooms, _isForRooms ? _asking : null);
                break;
            case SessionEffect.PathChanged changed:
                Assert.True(IsConnected);
                Assert.NotEqual(LinkPath.Unspecified, changed.Path);
                break;
            case SessionEffect.Disconnected:
                Assert.True(IsConnected);
                _isConnectedForRooms = null;
                break;
            case SessionEffect.Store store:
                _isForRooms = store.Change switch
                {
                    Change.Accepted accepted => accepted.IsForRooms,
                    Change.ContactRemoved => false,
                    _ => _isForRooms,
                };
                _wasContact |= store.Change is Change.Accepted { IsForRooms: false };
                _inbox.Note(store.Change);
                break;
            case SessionEffect.Deliver deliver:
                Assert.True(IsConnected, "a message was delivered before the accept");
                // What a contact has sent may have waited for an earlier message.
                Assert.True(
                    !_isForRooms || _wasContact || deliver.Message.Content is MessageContent.Room,
                    "a message of an acquaintance was delivered"
                );
                _inbox.Take(deliver.Message);
                break;
            case SessionEffect.RoomSignalled:
                Assert.True(IsConnected, "a frame of a room was taken before the accept");
                break;
        }
    }

    public void Agree(PeerSession machine)
    {
        Assert.Equal((machine.IsConnected, machine.IsForRooms), (IsConnected, _isForRooms));
        Assert.InRange(_links.Count, 0, MostLinks);
        if (!machine.HasReceivedRequest)
        {
            _asking = null;
        }
    }
}
