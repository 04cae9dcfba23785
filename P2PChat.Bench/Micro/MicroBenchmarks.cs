using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace P2PChat.Bench.Micro;

/// <summary>The codec, the machines and signatures, by BenchmarkDotNet.</summary>
internal static class MicroBenchmarks
{
    /// <param name="arguments">BenchmarkDotNet's own; all benchmarks where there are none.</param>
    public static int Run(string[] arguments)
    {
        // In this process: projects made on the way would have to find their packages first.
        var config = DefaultConfig
            .Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "p2pchat-bench"));
        var summaries = BenchmarkSwitcher
            .FromAssembly(typeof(MicroBenchmarks).Assembly)
            .Run(arguments.Length == 0 ? ["--filter", "*"] : arguments, config);
        return summaries.All(summary => !summary.HasCriticalValidationErrors) ? ExitCodes.Success : ExitCodes.Usage;
    }
}
