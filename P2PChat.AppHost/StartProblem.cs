using System.Text.Json;

namespace P2PChat.AppHost;

/// <summary>A known reason why the app does not start.</summary>
/// <param name="Sentence">What happened, and what to do.</param>
/// <param name="ExitCode">2 for a setting, 1 for anything else.</param>
internal sealed record StartProblem(string Sentence, int ExitCode)
{
    /// <returns>Null for an unexpected exception.</returns>
    public static StartProblem? Of(Exception exception) =>
        exception switch
        {
            SettingException => new(exception.Message, 2),
            DistributedApplicationException => new(exception.Message, 1),
            // .NET's messages name the settings file.
            InvalidDataException { InnerException: FormatException { InnerException: JsonException json } } => new(
                $"{exception.Message} It is not valid JSON at line {json.LineNumber + 1}.",
                2
            ),
            IOException
            or UnauthorizedAccessException when exception.Message.Contains("appsettings", StringComparison.Ordinal) =>
                new(exception.Message, 2),
            _ => null,
        };
}
