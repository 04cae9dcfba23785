namespace P2PChat.Peer.Api;

/// <summary>Creates sign-in links for the web page.</summary>
internal interface ISignInLinks
{
    SignInLink Create();
}

/// <summary>A link that signs in one browser, once.</summary>
/// <param name="Url">Contains a secret. Show it only to the owner and never log it.</param>
public sealed record SignInLink(Uri Url, DateTimeOffset ExpiresAt);
