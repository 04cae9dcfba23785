namespace P2PChat.App.Terminal;

/// <summary>Shows the address of a directory.</summary>
internal static class AddressText
{
    /// <summary>Scheme, host and port, without the slash that would look like a part of the sentence.</summary>
    public static string Show(Uri? directory) => directory?.GetLeftPart(UriPartial.Authority) ?? "";
}
