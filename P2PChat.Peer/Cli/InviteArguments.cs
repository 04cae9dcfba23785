using System.Globalization;
using P2PChat.Node.Services;
using P2PChat.Protocol.Invites;
using static P2PChat.Peer.Cli.CommandArguments;

namespace P2PChat.Peer.Cli;

/// <summary>The commands for invites, and parsers for their arguments.</summary>
internal static class InviteArguments
{
    public const string UsesOption = "--uses";
    public const string DaysOption = "--days";
    public const string YesOption = "--yes";

    private const int DefaultUses = 1;
    private const int DefaultDays = 7;

    public static IReadOnlyList<CommandInfo> Commands { get; } =
    [
        new(
            "invite",
            $"[{UsesOption} 1] [{DaysOption} 7]",
            "make a link that lets a friend join",
            "Send the link to your friend, and to nobody else. As many people as --uses says can join by it, within "
                + "--days days, and are accepted without asking you. The QR code contains the same link.",
            $"invite {DaysOption} 2",
            Invite,
            SupportsJson: true
        ),
        new(
            "invites",
            "",
            "list your invites, and who joined by them",
            "Shows each invite's id, whether it is still open, and who has joined by it.",
            "invites --json",
            None(new ConsoleCommand.Invites()),
            SupportsJson: true
        ),
        new(
            "revoke",
            "<id>",
            "revoke an invite",
            "'invites' shows the ids. People who have joined by it stay your contacts.",
            "revoke K7QX2MAB",
            Revoke
        ),
    ];

    /// <summary>A username, or an invite link.</summary>
    public static ConsoleCommand Connect(CommandInfo info, string arguments)
    {
        var (first, rest) = CommandParser.SplitFirst(arguments);
        if (first == YesOption)
        {
            (first, rest) = (rest, first);
        }

        // A username has no colon.
        if (!first.Contains(':', StringComparison.Ordinal))
        {
            return Name(name => new ConsoleCommand.Connect(name))(info, arguments);
        }

        if (rest.Length > 0 && rest != YesOption)
        {
            return info.UsageError("'connect' takes one username or one invite link");
        }

        return InviteLink.TryParse(first, out var link) switch
        {
            InviteLinkError.None => new ConsoleCommand.ConnectByInvite(link!, Agreed: rest == YesOption),
            var error => new ConsoleCommand.Invalid(InviteLinkText.Of(error)),
        };
    }

    private static ConsoleCommand Invite(CommandInfo info, string arguments)
    {
        var (uses, days) = (DefaultUses, DefaultDays);
        while (arguments.Length > 0)
        {
            (var option, arguments) = CommandParser.SplitFirst(arguments);
            (var value, arguments) = CommandParser.SplitFirst(arguments);
            if (option is not (UsesOption or DaysOption))
            {
                return info.UsageError($"'{option}' is not an option of 'invite'");
            }

            var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            var max = option == UsesOption ? InviteService.MaxUses : InviteService.MaxDays;
            if (!isNumber || number < 1 || number > max)
            {
                return info.UsageError($"'{option}' needs a number from 1 to {max}");
            }

            (uses, days) = option == UsesOption ? (number, days) : (uses, number);
        }

        return new ConsoleCommand.Invite(uses, days);
    }

    private static ConsoleCommand Revoke(CommandInfo info, string arguments) =>
        arguments.Length > 0 && !arguments.Contains(' ', StringComparison.Ordinal)
            ? new ConsoleCommand.Revoke(arguments)
            : info.UsageError("'revoke' needs one invite's id; 'invites' shows them");
}
