using System.Globalization;
using System.Text;
using System.Text.Json;

namespace P2PChat.AppHost.Commands;

/// <summary>What a command's dialogue asks for, and how its answer is rendered.</summary>
internal static class CommandAnswers
{
    /// <summary>A refusal is told by its sentence.</summary>
    public static Func<ExecuteCommandContext, Task<ExecuteCommandResult>> Telling(
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

    /// <param name="sentence">Told in the notification.</param>
    /// <param name="markdown">Shown at once.</param>
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

    /// <summary>One of the app's peers, or any other that is typed in.</summary>
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

    /// <exception cref="CommandRefusedException">It is empty.</exception>
    public static string Argument(this ExecuteCommandContext context, string name) =>
        context.Arguments.GetString(name) is { Length: > 0 } value
            ? value
            : throw new CommandRefusedException($"'{name}' is empty: give it a value.");

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

    public static string Time(JsonElement time) =>
        time.GetDateTimeOffset().ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>What somebody else wrote must not become a link, an image or another table.</summary>
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
