using System.Globalization;
using System.Text;
using System.Text.Json;

namespace P2PChat.AppHost.Commands;

/// <summary>Inputs and results of dashboard commands.</summary>
internal static class CommandAnswers
{
    /// <summary>Turns a <see cref="CommandRefusedException"/> into a failed result with its sentence.</summary>
    public static Func<ExecuteCommandContext, Task<ExecuteCommandResult>> Reporting(
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> command
    ) =>
        async context =>
        {
            try
            {
                return await command(context);
            }
            catch (CommandRefusedException refusal)
            {
                return new ExecuteCommandResult { Success = false, Message = refusal.Message };
            }
        };

    public static ExecuteCommandResult Done(string sentence) => new() { Success = true, Message = sentence };

    /// <param name="sentence">Shown in the notification.</param>
    /// <param name="markdown">Shown in a dialog.</param>
    public static ExecuteCommandResult Shown(string sentence, string markdown) =>
        new()
        {
            Success = true,
            Message = sentence,
            Data = new CommandResultData
            {
                Value = markdown,
                Format = CommandResultFormat.Markdown,
                DisplayImmediately = true,
            },
        };

    /// <summary>A choice of the app's peers. Other usernames can be typed in.</summary>
    public static InteractionInput Peer(string name, string label, IEnumerable<string> choices)
    {
        var known = choices.ToList();
        return new InteractionInput
        {
            Name = name,
            Label = label,
            InputType = InputType.Choice,
            Required = true,
            Options = [.. known.Select(choice => KeyValuePair.Create(choice, choice))],
            AllowCustomChoice = true,
            Value = known.FirstOrDefault(),
        };
    }

    public static InteractionInput Text(string name, string label, string value) =>
        new()
        {
            Name = name,
            Label = label,
            InputType = InputType.Text,
            Required = true,
            Value = value,
        };

    /// <exception cref="CommandRefusedException">The argument is empty.</exception>
    public static string Argument(this ExecuteCommandContext context, string name) =>
        context.Arguments.GetString(name) is { Length: > 0 } value
            ? value
            : throw new CommandRefusedException($"'{name}' is empty. Enter a value.");

    public static string Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new StringBuilder();
        Row(header);
        Row([.. header.Select(_ => "---")]);
        foreach (var row in rows)
        {
            Row([.. row.Select(Plain)]);
        }

        return table.ToString();

        void Row(IReadOnlyList<string> cells) => table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    public static string Time(DateTimeOffset time) =>
        time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>An enumeration's member as the local API writes it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    // Escapes text that others wrote, so that it cannot become a link, an image or another table.
    private static string Plain(string text)
    {
        var plain = new StringBuilder();
        foreach (var each in text)
        {
            if (char.IsControl(each))
            {
                plain.Append(' ');
            }
            else if (char.IsAsciiLetterOrDigit(each) || each is ' ' || each > 127)
            {
                plain.Append(each);
            }
            else
            {
                plain.Append(CultureInfo.InvariantCulture, $"&#{(int)each};");
            }
        }

        return plain.ToString();
    }
}
