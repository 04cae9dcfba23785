using P2PChat.Bench;
using P2PChat.Bench.Micro;
using P2PChat.Bench.Paths;
using P2PChat.Bench.Processes;
using P2PChat.ServiceDefaults.Http;

LoopbackBypass.Install();

switch (BenchCommand.Parse(args))
{
    case BenchCommand.Help:
        await Console.Out.WriteAsync(HelpText.Full);
        return ExitCodes.Success;
    case BenchCommand.List:
        await Console.Out.WriteAsync(PathRows.Describe());
        return ExitCodes.Success;
    case BenchCommand.Micro micro:
        return MicroBenchmarks.Run(micro.Arguments);
    case BenchCommand.Paths paths:
        return await PathProgram.RunAsync(paths);
    case BenchCommand.Child child:
        return await ChildProgram.RunAsync(child.Kind, child.Arguments);
    case BenchCommand.Invalid invalid:
        await Console.Error.WriteAsync($"{invalid.Message}\n\n{HelpText.Full}");
        return ExitCodes.Usage;
    default:
        throw new InvalidOperationException("The command is not handled.");
}
