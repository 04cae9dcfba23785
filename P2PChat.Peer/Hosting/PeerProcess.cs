using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Peer.Hosting;

/// <summary>The life of the process: who sees its logs, what starts it, what ends it, and what it says if it cannot start.</summary>
public static class PeerProcess
{
    /// <summary>
    /// How long shutdown waits for the console, because a write to a terminal or pipe that nobody reads cannot be cancelled.
    /// </summary>
    private static readonly TimeSpan ConsoleEndsWithin = TimeSpan.FromSeconds(1);

    /// <summary>Without a console logs are all that there is to see; beside a script only warnings are, and beside a prompt nothing.</summary>
    public static WebApplicationBuilder AddConsoleLogging(this WebApplicationBuilder builder, StreamsKind streams)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Logging.ClearProviders();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // That a probe found the peer not yet registered is no failure; the registrar tells what matters of it.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        if (streams == StreamsKind.Terminal)
        {
            return builder;
        }

        // That the host failed to start is said in a sentence of our own: see WhyNotStarted.
        builder.Logging.AddFilter<ConsoleLoggerProvider>(
            "Microsoft.Extensions.Hosting.Internal.Host",
            LogLevel.Critical
        );
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        if (streams == StreamsKind.Pipe)
        {
            builder.Logging.AddFilter<ConsoleLoggerProvider>(null, LogLevel.Error);
            builder.Services.Configure<ConsoleLoggerOptions>(console =>
                console.LogToStandardErrorThreshold = LogLevel.Trace
            );
        }

        return builder;
    }

    /// <summary>Runs until the person, or a signal, ends it.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(this WebApplication app, PeerOptions options, StreamsKind streams)
    {
        ArgumentNullException.ThrowIfNull(app);
        await using var disposed = app;
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            app.Lifetime.StopApplication();
        });
        if (!await StartAsync(app))
        {
            return ExitCodes.Success;
        }

        if (streams == StreamsKind.None)
        {
            await app.WaitForShutdownAsync();
            return ExitCodes.Success;
        }

        var session = ActivatorUtilities.CreateInstance<ConsoleSession>(app.Services);
        var apiAddress = app.Services.GetRequiredService<ApiFiles>().Address;
        var isDone = await EndedSoonAsync(
            Task.Run(() => session.RunAsync(session.Open(streams), apiAddress, app.Lifetime.ApplicationStopping)),
            app.Lifetime.ApplicationStopping
        );
        await app.StopAsync();
        return isDone ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <returns>The console's result; true if it has not ended in time.</returns>
    private static async Task<bool> EndedSoonAsync(Task<bool> console, CancellationToken stopping)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stopping.Register(asked.SetResult);
        if (await Task.WhenAny(console, asked.Task) == console)
        {
            return await console;
        }

        try
        {
            return await console.WaitAsync(ConsoleEndsWithin, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // It ends with the process, and nobody reads its output.
            return true;
        }
    }

    /// <returns>False if it was asked to end before it had started.</returns>
    private static async Task<bool> StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync(app.Lifetime.ApplicationStopping);
            return true;
        }
        catch (Exception e)
        {
            var isEnded = e is OperationCanceledException && app.Lifetime.ApplicationStopping.IsCancellationRequested;
            // What runs already, as the registration does, ends in its order and gives the name back: if it were only disposed
            // of, it would fail, and say so.
            try
            {
                await app.StopAsync();
            }
            catch (ArgumentNullException)
            {
                // The host had not even made what it runs.
            }

            if (isEnded)
            {
                return false;
            }

            throw;
        }
    }

    /// <returns>One sentence on why the peer cannot start; null for what nobody foresaw.</returns>
    public static string? WhyNotStarted(Exception exception, PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return exception switch
        {
            PeerStartException => exception.Message,
            IOException { InnerException: AddressInUseException } =>
                $"The address of the local API is in use{(options.Api is { } port ? $" (port {port})" : "")}: end the program that has it, or choose another port with --api.",
            SocketException { SocketErrorCode: SocketError.AccessDenied } =>
                "The local API may not listen there: choose a port above 1023 with --api.",
            _ => null,
        };
    }
}
