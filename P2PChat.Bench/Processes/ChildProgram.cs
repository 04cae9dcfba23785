using P2PChat.Bench.Load;

namespace P2PChat.Bench.Processes;

/// <summary>
/// Runs this program as a child process: a server or a load generator. It prints <c>ready …</c> once it is ready, then
/// answers each line of standard input with a line, and exits when the input closes.
/// </summary>
internal static class ChildProgram
{
    public const string Command = "child";

    public const string Directory = "directory";
    public const string EmptyApp = "empty-app";
    public const string Listener = "listener";
    public const string BareFiles = "bare-files";
    public const string BareListener = "bare-listener";
    public const string Relay = "relay";
    public const string Renewals = "renewals";
    public const string Splice = "splice";
    public const string StaticPage = "static-page";

    public static async Task<int> RunAsync(string kind, string[] arguments)
    {
        await using IChild child = kind switch
        {
            Directory => await DirectoryChild.StartAsync(arguments),
            EmptyApp => await EmptyAppChild.StartAsync(arguments),
            Listener => await ListenerChild.StartAsync(arguments),
            BareFiles => await BareFilesChild.StartAsync(arguments[0]),
            BareListener => await BareListenerChild.StartAsync(),
            Relay => await RelayChild.StartAsync(),
            Splice => new SpliceChild(),
            Renewals => await RenewalsChild.StartAsync(arguments),
            StaticPage => await StaticPageChild.StartAsync(arguments[0]),
            _ => throw new ArgumentException($"Unknown child '{kind}'."),
        };
        await Console.Out.WriteLineAsync($"ready {child.Ready}");
        // On a dedicated thread: reading the console blocks, and on two cores the pool has only two threads at first.
        await Task.Factory.StartNew(
            () => AnswerAll(child),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        return ExitCodes.Success;
    }

    private static void AnswerAll(IChild child)
    {
        while (Console.In.ReadLine() is { } line)
        {
            Console.Out.WriteLine(child.AnswerAsync(line).GetAwaiter().GetResult());
        }
    }
}

/// <summary>One kind of child.</summary>
internal interface IChild : IAsyncDisposable
{
    /// <summary>The value reported to the parent process: an address or a port, for example.</summary>
    string Ready { get; }

    Task<string> AnswerAsync(string line);
}
