using OpenTelemetry;
using OpenTelemetry.Logs;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Exports a logged exception as its type and stack, without its message. See <see cref="ExceptionText"/>.
/// </summary>
internal sealed class ExceptionCleaner : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        if (data.Exception is not { } exception)
        {
            return;
        }

        data.Exception = null;
        data.Attributes =
        [
            .. data.Attributes ?? [],
            new(ExceptionText.TypeTag, exception.GetType().FullName),
            new(ExceptionText.StackTag, ExceptionText.Stack(exception)),
        ];
    }
}
