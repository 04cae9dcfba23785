using System.Diagnostics;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Text of exceptions for export: type and stack only, because a message may quote a path or a value. The console still
/// shows the whole exception.
/// </summary>
internal static class ExceptionText
{
    public const string TypeTag = "exception.type";
    public const string MessageTag = "exception.message";
    public const string StackTag = "exception.stacktrace";

    /// <summary>Formats like <see cref="Exception.ToString"/>, outermost exception first, without messages.</summary>
    public static string Stack(Exception exception)
    {
        var stack = $"{exception.GetType().FullName}\n{exception.StackTrace}";
        return exception.InnerException is { } inner ? $"{stack}\n ---> {Stack(inner)}" : stack;
    }

    /// <summary>
    /// Cleans what <see cref="Activity.AddException"/> records, on all spans. .NET keeps tags that a listener has
    /// already set.
    /// </summary>
    public static ActivityListener CleanOnSpans()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            ExceptionRecorder = (_, exception, ref tags) =>
            {
                tags.Add(MessageTag, "");
                tags.Add(StackTag, Stack(exception));
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
