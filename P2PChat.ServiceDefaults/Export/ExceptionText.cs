using System.Diagnostics;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// An exception's message may quote what it choked on (a path, a value, a line), so that only its type and its stack are
/// exported. The console shows the whole of it to whoever runs the process.
/// </summary>
internal static class ExceptionText
{
    public const string TypeTag = "exception.type";
    public const string MessageTag = "exception.message";
    public const string StackTag = "exception.stacktrace";

    /// <summary>As <see cref="Exception.ToString"/> has it, the outermost first, without the messages.</summary>
    public static string Stack(Exception exception)
    {
        var stack = $"{exception.GetType().FullName}\n{exception.StackTrace}";
        return exception.InnerException is { } inner ? $"{stack}\n ---> {Stack(inner)}" : stack;
    }

    /// <summary>
    /// Cleans what <see cref="Activity.AddException"/> records, on our spans and .NET's: .NET leaves alone the tags that a
    /// listener has set before it.
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
