namespace P2PChat.Peer.Web.Model;

/// <summary>Explains why the camera cannot be used.</summary>
internal static class CameraProblemText
{
    /// <param name="reason">
    /// The name of a <c>DOMException</c> of <c>getUserMedia</c> (W3C, Media Capture and Streams, section 10.3), or
    /// <c>InsecureOrigin</c>.
    /// </param>
    public static string Of(string reason) =>
        reason switch
        {
            "InsecureOrigin" =>
                "Browsers allow the camera only on pages that use TLS or run on this machine. Compare the digits "
                    + "instead.",
            "NotAllowedError" =>
                "The browser did not allow the camera. Allow it for this page and try again, or compare the digits.",
            "NotFoundError" or "OverconstrainedError" =>
                "No camera was found. Connect one and try again, or compare the digits.",
            "NotReadableError" or "AbortError" =>
                "The camera stopped, or another program is using it. Close that program and try again, or compare the "
                    + "digits.",
            _ => "The camera could not be started. Try again, or compare the digits.",
        };
}
