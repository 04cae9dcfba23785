using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Peer.Hosting;

/// <summary>Runs the process: its logging, start, shutdown and start-up errors.</summary>
public static class PeerProcess
{
    /// <summary>
    /// How long shutdown waits for the console, because a write to a terminal or pipe without a reader cannot be
    /// cancelled.
    /// </summary>
    private static readonly TimeSpan ConsoleShutdownTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Logs everything without a console, only errors next to a script, and nothing next to a prompt.
    /// </summary>
    public static WebApplicationBuilder AddConsoleLogging(this WebApplicationBuilder builder, StreamsKind streams)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Logging.ClearProviders();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // A probe that finds the peer not yet registered is not an error; the registrar logs real ones.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        if (streams == StreamsKind.Terminal)
        {
            return builder;
        }

        // StartupError words a failed start.
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

    /// <summary>Runs until the user or a signal stops it.</summary>
    /// <param name="onStarted">
    /// Runs before the console opens. Stops the peer if it returns an exit code instead of null.
    /// </param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        this WebApplication app,
        PeerOptions options,
        StreamsKind streams,
        Func<CancellationToken, Task<int?>>? onStarted = null
    )
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

        // Next to a prompt, the log is off.
        if (streams == StreamsKind.Terminal && app.Services.GetRequiredService<PagePort>().Notice is { } notice)
        {
            Console.WriteLine($"* {notice}");
        }

        if (
            onStarted is not null
            && await StartedResultAsync(onStarted, app.Lifetime.ApplicationStopping) is { } result
        )
        {
            await app.StopAsync();
            return result;
        }

        if (streams == StreamsKind.None)
        {
            await app.WaitForShutdownAsync();
            return ExitCodes.Success;
        }

        var session = ActivatorUtilities.CreateInstance<ConsoleSession>(app.Services);
        var apiAddress = app.Services.GetRequiredService<ApiFiles>().Address;
        var isDone = await ConsoleResultAsync(
            Task.Run(() => session.RunAsync(session.Open(streams), apiAddress, app.Lifetime.ApplicationStopping)),
            app.Lifetime.ApplicationStopping
        );
        await app.StopAsync();
        return isDone ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <returns>Null to continue.</returns>
    private static async Task<int?> StartedResultAsync(
        Func<CancellationToken, Task<int?>> onStarted,
        CancellationToken stopping
    )
    {
        try
        {
            return await onStarted(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
    }

    /// <returns>The console's result; true if it did not end in time.</returns>
    private static async Task<bool> ConsoleResultAsync(Task<bool> console, CancellationToken stopping)
    {
        var stopRequested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stopping.Register(stopRequested.SetResult);
        if (await Task.WhenAny(console, stopRequested.Task) == console)
        {
            return await console;
        }

        try
        {
            return await console.WaitAsync(ConsoleShutdownTimeout, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // The console ends with the process; its output has no reader.
            return true;
        }
    }

    /// <returns>False if the process was stopped before it had started.</returns>
    private static async Task<bool> StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync(app.Lifetime.ApplicationStopping);
            return true;
        }
        catch (Exception exception)
        {
            var isStopped =
                exception is OperationCanceledException && app.Lifetime.ApplicationStopping.IsCancellationRequested;
            // Stop what already runs, so that the registrar releases the name. Disposing alone would make it log an
            // error.
            try
            {
                await app.StopAsync();
            }
            catch (ArgumentNullException)
            {
                // The host had not created its services yet.
            }

            if (isStopped)
            {
                return false;
            }

            throw;
        }
    }

    /// <returns>A message for the user; null for an unexpected exception.</returns>
    public static string? StartupError(Exception exception, PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return exception switch
        {
            PeerStartException => exception.Message,
            IOException { InnerException: AddressInUseException } =>
                $"The local API address is already in use{(options.Api is { } port ? $" (port {port})" : "")}. "
                    + "Stop the program that uses it, or choose another port with --api.",
            SocketException { SocketErrorCode: SocketError.AccessDenied } =>
                "The local API is not permitted to listen on that port. Choose a port above 1023 with --api.",
            _ => null,
        };
    }
}
