namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// Marks the page that may use the camera. It must be entered and left by loading the document, because a document
/// keeps the permissions it was loaded with: its links have <c>target="_top"</c>, which Blazor does not intercept.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class UsesCameraAttribute : Attribute;
