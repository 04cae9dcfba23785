using P2PChat.App.Arguments;
using P2PChat.App.Browser;
using P2PChat.App.Terminal;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.App.Join;

/// <summary><c>p2pchat join</c>: starts a peer that joins the sender of an invite link.</summary>
internal static class JoinProgram
{
    private const string YesOption = "--yes";

    public static IReadOnlyDictionary<string, bool> Options { get; } =
        new Dictionary<string, bool> { [YesOption] = false, [HostArguments.NoBrowser] = false };

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var parsed = HostArguments.Parse(Commands.Join, arguments, Options);
        if (parsed.IsHelp)
        {
            await Console.Out.WriteAsync(HelpTexts.Join);
            return ExitCodes.Success;
        }

        if (UsageError(parsed) is { } usage)
        {
            return await FailUsageAsync(usage);
        }

        // Before the link is read, so that nobody pastes it in vain.
        if (ReadOptions(parsed, parsed.Positionals[1], out var builder, out var options) is { } error)
        {
            return await FailUsageAsync(error);
        }

        var text = parsed.Positionals[0] == HostArguments.StandardInput ? LinkInput.Read() : parsed.Positionals[0];
        if (LinkInput.Explain(InviteLink.TryParse(text, out var link)) is { } problem)
        {
            return await FailUsageAsync(problem);
        }

        try
        {
            return await JoinAsync(parsed, link!, builder, options);
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

    // Asks for another name as long as the directory says that the name is taken.
    private static async Task<int> JoinAsync(
        HostArguments parsed,
        InviteLink link,
        WebApplicationBuilder builder,
        PeerOptions options
    )
    {
        var isConfirmed = false;
        while (true)
        {
            var target = JoinTarget.Find(options.Data, Username.Parse(options.Username));
            if (target.Refusal(link) is { } refusal)
            {
                return await FailAsync(refusal);
            }

            if (!isConfirmed && await ConfirmAsync(parsed, link, target.Name) is { } refused)
            {
                return refused;
            }

            isConfirmed = true;
            if (await ProbeAsync(link, target) is { } problem)
            {
                return await FailAsync(problem);
            }

            options.Discovery = AddressText.Show(link.Directory);
            options.InviteLink = link.ToString();
            var streams = options.NoConsole ? StreamsKind.None : StandardStreams.Detect();
            var host = new JoinHost(link, target, options, streams);
            var result = await host.RunAsync(
                builder,
                new PageOpener(target.Path, streams, !parsed.Has(HostArguments.NoBrowser))
            );
            if (!host.IsNameTaken)
            {
                return result;
            }

            if (AskForAnotherName(target.Name) is not { } name)
            {
                return await FailAsync(
                    $"The name {target.Name} is taken in this directory. Choose another one: 'p2pchat join <link> "
                        + "<username>'. The link is not used up."
                );
            }

            if (ReadOptions(parsed, name.Value, out builder, out options) is { } error)
            {
                return await FailUsageAsync(error);
            }
        }
    }

    /// <returns>The exit code if the user does not want to connect; null for yes.</returns>
    private static async Task<int?> ConfirmAsync(HostArguments parsed, InviteLink link, Username name)
    {
        var directory = AddressText.Show(link.Directory);
        Console.WriteLine($"This link is from {link.Inviter}, key {link.Key.Short}, in the directory at {directory}.");
        if (link.Room is not null)
        {
            Console.WriteLine(
                "It leads to a room, whose members, including later ones, see your username and network address."
            );
        }

        if (parsed.Has(YesOption))
        {
            return null;
        }

        if (!Questions.CanAsk)
        {
            return await FailUsageAsync(
                $"There is no terminal to ask on. Add {YesOption} to connect to {link.Inviter} without being asked."
            );
        }

        if (Questions.AskYesNo($"Connect as {name}?"))
        {
            return null;
        }

        Console.WriteLine("Nothing has been changed, and the link is not used up.");
        return ExitCodes.Failure;
    }

    // A peer that has joined before starts without its directory, like any other.
    private static async Task<string?> ProbeAsync(InviteLink link, JoinTarget target)
    {
        if (target.HasJoined(link))
        {
            return null;
        }

        return await DirectoryProbe.AskAsync(link.Directory, CancellationToken.None) switch
        {
            ({ } id, _) => target.OtherDirectory(link, id),
            (_, var error) => $"{error} Check your network and that the directory of {link.Inviter} is running, and "
                + "run this again. The link is not used up.",
        };
    }

    private static Username? AskForAnotherName(Username taken)
    {
        if (!Questions.CanAsk)
        {
            return null;
        }

        Console.Error.WriteLine($"The name {taken} is taken in this directory. The link is not used up.");
        while (Questions.Ask("Another username (empty to give up): ") is { } answer && answer.Trim().Length > 0)
        {
            if (Username.TryParse(answer.Trim(), out var name))
            {
                return name;
            }

            Console.Error.WriteLine(Username.Rule);
        }

        return null;
    }

    private static string? ReadOptions(
        HostArguments parsed,
        string name,
        out WebApplicationBuilder builder,
        out PeerOptions options
    )
    {
        var invalid = parsed.ReadSettings([name, .. parsed.Positionals.Skip(2)], out var settings);
        builder = PeerApp.CreateBuilder(settings);
        options = new PeerOptions();
        return invalid
            ?? PeerSettings.Read(builder.Configuration, out options)
            ?? (options.Ephemeral ? "'join' needs a data directory. Remove the setting Peer:Ephemeral." : null);
    }

    private static string? UsageError(HostArguments parsed) =>
        parsed.Error
        ?? parsed.Positionals.Count switch
        {
            0 => "'join' needs a link, or '-', and a username.",
            1 => "'join' needs a username after the link, such as 'bob'.",
            _ => null,
        };

    private static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return ExitCodes.Failure;
    }

    private static async Task<int> FailUsageAsync(string message)
    {
        await Console.Error.WriteLineAsync($"{message}\n{HelpTexts.Hint(Commands.Join)}");
        return ExitCodes.Usage;
    }
}
