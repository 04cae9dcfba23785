using P2PChat.App.Arguments;
using P2PChat.App.Browser;
using P2PChat.App.Terminal;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;
using P2PChat.Protocol.Identity;

namespace P2PChat.App.Up;

/// <summary><c>p2pchat up</c>: starts a directory and a peer on this machine, and opens the page.</summary>
internal static class UpProgram
{
    private const string PortOption = "--port";
    private const string LanOption = "--lan";
    private const string LocalOption = "--local-only";

    // Below the peer's data directory.
    private const string DirectoryFolder = "directory";

    public static IReadOnlyDictionary<string, bool> Options { get; } =
        new Dictionary<string, bool>
        {
            [PortOption] = true,
            [LanOption] = false,
            [LocalOption] = false,
            [HostArguments.NoBrowser] = false,
        };

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var parsed = HostArguments.Parse(Commands.Up, arguments, Options);
        if (parsed.IsHelp)
        {
            await Console.Out.WriteAsync(HelpTexts.Up);
            return ExitCodes.Success;
        }

        if (UsageError(parsed) is { } usage)
        {
            return await FailUsageAsync(usage);
        }

        if (parsed.ReadSettings(parsed.Positionals, out var settings) is { } invalid)
        {
            return await FailUsageAsync(invalid);
        }

        var builder = PeerApp.CreateBuilder(settings);
        if ((PeerSettings.Read(builder.Configuration, out var options) ?? EphemeralError(options)) is { } error)
        {
            return await FailUsageAsync(error);
        }

        try
        {
            return await RunAsync(parsed, builder, options);
        }
        catch (PeerStartException exception)
        {
            return await FailAsync(exception.Message);
        }
        catch (UnauthorizedAccessException)
        {
            return await FailAsync(
                "The data directory belongs to another user. Run this as that user, or name another directory with "
                    + "--data."
            );
        }
    }

    private static async Task<int> RunAsync(HostArguments parsed, WebApplicationBuilder builder, PeerOptions options)
    {
        var streams = options.NoConsole ? StreamsKind.None : StandardStreams.Detect();
        var name = Username.Parse(options.Username);
        var data = DataDirectory.PathFor(options.Data, name);
        var path = Path.Combine(data, DirectoryFolder);
        var page = new PageOpener(data, streams, !parsed.Has(HostArguments.NoBrowser));
        if (DataDirectory.IsInUse(path))
        {
            return await RunningPeer.OpenPageAsync(name, data, page);
        }

        if (DataDirectory.IsInUse(data))
        {
            return await FailAsync(
                $"{name} is already running, but without a directory. Stop that peer, and run this again."
            );
        }

        if (
            Refusal(name, data, path) is { } refusal
            && !(IsMissing(name, data, path) && AskForNewDirectory(name, refusal))
        )
        {
            return await FailAsync(refusal);
        }

        CreateOwnerOnly(data);
        using var directory = DataDirectory.Open(path, options.GroupMayWrite);
        if (Decide(parsed, UpSettings.Load(directory), name, out var settings) is { } problem)
        {
            return await FailAsync(problem);
        }

        settings.Save(directory);
        options.Discovery = AddressText.Show(InviteAddress.Local(settings.Port));
        options.JoinToken = settings.JoinToken;
        options.HostsDirectory = true;
        options.LocalOnly = settings.Lan != true;
        try
        {
            return await new UpHost(settings, options, streams, path).RunAsync(builder, page);
        }
        finally
        {
            PageFile.Delete(data);
        }
    }

    /// <summary>Decides what is kept: port, join token, and whether others on the network may join.</summary>
    /// <returns>A sentence about a port that cannot be used; null if there is none.</returns>
    private static string? Decide(HostArguments parsed, UpSettings? saved, Username name, out UpSettings settings)
    {
        var hasPort = parsed.Options.TryGetValue(PortOption, out var text);
        var port = hasPort ? int.Parse(text!, System.Globalization.CultureInfo.InvariantCulture) : saved?.Port;
        var lan =
            parsed.Has(LanOption) ? true
            : parsed.Has(LocalOption) ? false
            : saved?.Lan ?? AskAboutNetwork(name);
        port ??= DirectoryPort.FindFree(lan == true);
        settings = new UpSettings(port ?? 0, saved?.JoinToken ?? UpSettings.NewJoinToken(), lan);
        return port is null ? "No port from 5000 to 5099 is free. Choose one for the directory with --port."
            : DirectoryPort.IsFree(port.Value, lan == true) ? null
            : OwnDirectory.PortInUse(port.Value, isKnown: saved is not null);
    }

    // Null without an answer: the next start asks again.
    private static bool? AskAboutNetwork(Username name)
    {
        if (!Questions.CanAsk)
        {
            return null;
        }

        Console.Error.WriteLine(
            "Other computers on your network can reach your directory and your peer if you\n"
                + "allow it here. To join, they still need a link from you.\n"
                + $"Later, 'up {name} --lan' or '--local-only' changes this."
        );
        return Questions.AskYesNo("Let people on your network join?");
    }

    // A peer has one directory. A peer that has joined another one would leave its friends behind.
    private static string? Refusal(Username name, string data, string path)
    {
        if (StoredPeer.Read(data) is not { } stored)
        {
            return null;
        }

        if (stored.Name is { } owner && owner != name)
        {
            return $"{data} belongs to {owner}. Choose another directory with --data, or run 'p2pchat up {owner}'.";
        }

        return stored.Directory is not { } joined || Directory.Exists(path) ? null
            : IsMissing(name, data, path)
                ? $"{name} last used the directory at {joined}, and {path} does not exist. If 'up' ran that directory, "
                    + "end that 'up', copy the folder 'directory' from its data directory to this one, and run this "
                    + "again. A backup does not contain that folder. If another peer runs the directory, use "
                    + $"'p2pchat peer {name}'."
                    + (Questions.CanAsk ? "" : " To start a new directory instead, run this at a terminal.")
            : $"{name} already uses the directory at {joined}. Start that peer with 'p2pchat peer {name}', or choose "
                + "another username for a directory of your own.";
    }

    // A restored peer lacks the directory that 'up' ran, at an address of this machine, because no backup contains it.
    private static bool IsMissing(Username name, string data, string path) =>
        !Directory.Exists(path)
        && StoredPeer.Read(data) is { Directory: { } joined } stored
        && (stored.Name is not { } owner || owner == name)
        && Uri.TryCreate(joined, UriKind.Absolute, out var address)
        && address.IsLoopback;

    private static bool AskForNewDirectory(Username name, string refusal)
    {
        if (!Questions.CanAsk)
        {
            return false;
        }

        Console.Error.WriteLine(
            $"{refusal}\n"
                + "A new directory is empty: your contacts are not in it, and links that you have sent stop working."
        );
        return Questions.AskYesNo($"Start a new directory for {name}?");
    }

    private static string? UsageError(HostArguments parsed) =>
        parsed.Error
        ?? (
            parsed.Positionals.Count == 0 ? "'up' needs a username, such as 'p2pchat up alice'."
            : parsed.Has(LanOption) && parsed.Has(LocalOption) ? $"Give either {LanOption} or {LocalOption}."
            : parsed.Options.TryGetValue(PortOption, out var port) && !DirectoryPort.TryParse(port, out _)
                ? $"The directory's port ({PortOption}) is '{SafeText.Show(port)}'. Give a number from 1 to 65535."
            : null
        );

    private static string? EphemeralError(PeerOptions options) =>
        options.Ephemeral ? "'up' needs a data directory. Remove the setting Peer:Ephemeral." : null;

    // Before the peer, which would create it in the same way.
    private static void CreateOwnerOnly(string data)
    {
        if (Directory.Exists(data))
        {
            return;
        }

        try
        {
            _ = OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(data)
                : Directory.CreateDirectory(
                    data,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DataDirectory.NotWritable(data, exception);
        }
    }

    private static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return ExitCodes.Failure;
    }

    private static async Task<int> FailUsageAsync(string message)
    {
        await Console.Error.WriteLineAsync($"{message}\n{HelpTexts.Hint(Commands.Up)}");
        return ExitCodes.Usage;
    }
}
