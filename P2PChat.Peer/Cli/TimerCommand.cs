using System.Globalization;
using P2PChat.Client;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary><c>timer</c>: disappearing messages.</summary>
internal static class TimerCommand
{
    private const string Off = "off";

    public static CommandInfo Info { get; } =
        new(
            "timer",
            "<username> [time|off]",
            "set when new messages disappear",
            "Without a time, shows it. Times are 5m to 90d, such as 5m, 1h, 8h, 1d, 1w and 4w. It applies to new "
                + "messages of both sides, and the other user is told. "
                + "Your own copies disappear that long after their delivery. "
                + "Screenshots, copies, received files and backups remain, and an export leaves these messages out.",
            "timer bob 1d",
            Read,
            SupportsJson: true
        );

    /// <summary>Shows or sets the timer.</summary>
    public static async Task<CommandResult> RunAsync(
        CommandContext context,
        Answers answers,
        ConsoleCommand.Timer command,
        CancellationToken cancellationToken
    )
    {
        var name = command.Name.Value;
        if (command.Seconds == 0 && answers is not JsonAnswers)
        {
            var before = await context.Peer.GetTimerAsync(name, cancellationToken);
            if (before.Seconds == 0)
            {
                context.Print($"* new messages with {name} already stay, so nothing was changed.");
                return CommandResult.Done;
            }
        }

        var timer = command.Seconds is { } seconds
            ? await context.Peer.SetTimerAsync(name, seconds, cancellationToken)
            : await context.Peer.GetTimerAsync(name, cancellationToken);
        context.PrintAll(answers.Timer(name, timer));
        return CommandResult.Done;
    }

    /// <summary>The event that a timer was set, without who has set it.</summary>
    public static string Changed(long seconds) => FallbackText.Of(new MessageContent.Timer((uint)seconds, null), "");

    public static IEnumerable<string> Lines(string name, TimerResponse timer)
    {
        if (timer.Seconds == 0)
        {
            yield return $"* new messages with {name} stay until they are deleted.";
            yield break;
        }

        yield return $"* new messages with {name} disappear {TimerRules.Describe((uint)timer.Seconds)} after reading. "
            + "Screenshots, copies and backups remain.";
        if (timer.TheyKeepMessages != false)
        {
            yield return timer.TheyKeepMessages == true
                ? $"* {name}'s version of P2PChat does not support this. Messages stay there."
                : $"* {name}'s version of P2PChat may not support this. If so, messages stay there.";
        }
    }

    private static ConsoleCommand Read(CommandInfo info, string arguments)
    {
        var (first, time) = CommandParser.SplitFirst(arguments);
        if (first.Length == 0)
        {
            return info.UsageError($"'{info.Name}' needs a username");
        }

        if (!Username.TryParse(first, out var name))
        {
            return CommandArguments.InvalidUsername(info, first);
        }

        if (time.Length == 0)
        {
            return new ConsoleCommand.Timer(name, null);
        }

        return ParseTime(time) is { } seconds && TimerRules.IsAllowed(seconds)
            ? new ConsoleCommand.Timer(name, seconds)
            : info.UsageError("The time must be 5m to 90d, such as 1h, 1d or 4w, or 'off'");
    }

    private static long? ParseTime(string text)
    {
        if (text.Equals(Off, StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        long unit = char.ToLowerInvariant(text[^1]) switch
        {
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            'w' => 7 * 24 * 60 * 60,
            _ => 0,
        };
        return
            unit > 0
            && ushort.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count > 0
            ? count * unit
            : null;
    }
}
