using System.Net;

namespace P2PChat.Node.Links;

/// <summary>The IP addresses of this machine.</summary>
public interface ILocalAddresses
{
    /// <summary>
    /// Raised when the addresses may have changed. Best effort: missed changes are found at the next renewal.
    /// </summary>
    event Action? MayHaveChanged;

    /// <summary>
    /// Reads the addresses at which others may reach this machine, best first, without loopback and link-local ones.
    /// The system's own reader does not throw: if they cannot be read, it returns the last result.
    /// </summary>
    IReadOnlyList<IPAddress> Read();

    /// <summary>Reads the same addresses in the same order, each with its attachment.</summary>
    IReadOnlyList<Attachment> ReadAttachments() => [.. Read().Select(address => new Attachment(address, 0, null))];
}
