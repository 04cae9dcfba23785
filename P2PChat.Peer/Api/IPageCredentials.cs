namespace P2PChat.Peer.Api;

/// <summary>Recognizes the owner's browsers, for the rate limits.</summary>
internal interface IPageCredentials
{
    /// <summary>Whether a request has a session or an unused sign-in link. The link stays unused.</summary>
    bool AreIn(HttpRequest request);
}
