namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// Marks the page that may use the microphone. A document keeps the permissions it was loaded with, so voice.js loads
/// the page again if another one was there before.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class UsesMicrophoneAttribute : Attribute;
