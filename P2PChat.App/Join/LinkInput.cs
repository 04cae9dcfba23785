using System.Text;
using P2PChat.Node.Backup;
using P2PChat.Protocol.Invites;

namespace P2PChat.App.Join;

/// <summary>Reads an invite link that is not on the command line, which other users of the machine can see.</summary>
internal static class LinkInput
{
    // Longer than any link.
    private const int MaxLength = 1000;

    /// <summary>Asks at the terminal without echo, or reads the first line of standard input.</summary>
    /// <returns>Null if nothing was entered.</returns>
    public static string? Read()
    {
        if (!Console.IsInputRedirected)
        {
            return Passphrase.Ask("Paste the link, and press Enter (it is not shown): ");
        }

        using var input = Console.OpenStandardInput();
        return ReadLine(input);
    }

    /// <summary>A sentence about a text that is not an invite link; null for a valid one.</summary>
    public static string? Explain(InviteLinkError error) =>
        error switch
        {
            InviteLinkError.None => null,
            InviteLinkError.UnknownVersion =>
                "This invite link is from a newer version of p2pchat. Get that version, and run this again.",
            InviteLinkError.Damaged =>
                "This invite link is cut off or altered. Copy the whole link again, as it was sent to you.",
            _ => "This is not an invite link. Give the link first, and then your username: 'p2pchat join <link> bob'.",
        };

    // Byte by byte, because the rest of the input belongs to the console.
    internal static string? ReadLine(Stream input)
    {
        var line = new List<byte>();
        while (line.Count < MaxLength && input.ReadByte() is var read and not -1 and not '\n')
        {
            line.Add((byte)read);
        }

        return line.Count == 0 ? null : Encoding.UTF8.GetString([.. line]);
    }
}
