using P2PChat.Bench.Load;

namespace P2PChat.Bench.Processes;

/// <summary>
/// What this program is when it has started itself: a server, or one who makes load. It says <c>ready …</c> when it is,
/// then answers each line of standard input with a line, and ends with it: nothing outlives who started it.
/// </summary>
internal static class ChildProgram
{
    public const string Command = "child";

    public const string Directory = "directory";
    public const string EmptyApp = "empty-app";
    public const string Listener = "listener";
    public const string BareListener = "bare-listener";
    public const string Renewals = "renewals";

    public static async Task<int> RunAsync(string kind, string[] arguments)
    {
        await using IChild child = kind switch
        {
            Directory => await DirectoryChild.StartAsync(arguments),
            EmptyApp => await EmptyAppChild.StartAsync(arguments),
            Listener => await ListenerChild.StartAsync(arguments),
            BareListener => await BareListenerChild.StartAsync(),
            Renewals => await RenewalsChild.StartAsync(arguments),
            _ => throw new ArgumentException($"There is no child '{kind}'."),
        };
        await Console.Out.WriteLineAsync($"ready {child.Ready}");
        // On a thread of its own: reading the console blocks, and a thread of the pool is half of what there is on two
        // cores.
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
    /// <summary>What whoever started it wants to know: an address, a port.</summary>
    string Ready { get; }

    Task<string> AnswerAsync(string line);
}
