using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>What became of a command.</summary>
public enum CommandResult
{
    Done,

    /// <summary>A sentence has said why.</summary>
    Failed,

    /// <summary>It was no command at all.</summary>
    Misused,
    Exit,
}

/// <summary>Carries out console commands, and prints what they answer.</summary>
/// <param name="print">Takes one line without its end.</param>
/// <param name="complain">The same, for what went wrong.</param>
/// <param name="waits">
/// Whether a command lasts until its outcome is there: a connect answered, a message acknowledged. A person at a prompt
/// goes on meanwhile; a script does not.
/// </param>
/// <param name="secrets">Null where nobody can be asked for a passphrase.</param>
/// <param name="answers">How listings look; null for plain lines.</param>
/// <param name="confirm">Asks the person before an action that cannot be undone; null if nobody can be asked.</param>
public sealed partial class CommandRunner(
    IPeerControl peer,
    EventPump events,
    CommandTimeouts timeouts,
    TimeProvider time,
    Action<string> print,
    Action<string> complain,
    bool waits,
    SecretSource? secrets = null,
    Answers? answers = null,
    Func<string, CancellationToken, Task<bool>>? confirm = null
)
{
    private const int FoundLines = 20;

    private readonly Answers _answers = answers ?? new Answers();

    public async Task<CommandResult> RunAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await CarryOutAsync(command, cancellationToken);
        }
        catch (PeerException e)
        {
            complain(SafeText.Show(e.Message));
            return CommandResult.Failed;
        }
    }

    /// <summary>As <see cref="RunAsync"/>, where others depend on the process: a fault of the command's own does not end it.</summary>
    public async Task<CommandResult> RunOrTellAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(command, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            complain(
                $"That could not be done, by a fault of this program ({e.GetType().Name}): it runs on, and whoever makes it would like to hear of it."
            );
            return CommandResult.Failed;
        }
    }

    private async Task<CommandResult> CarryOutAsync(ConsoleCommand command, CancellationToken cancellationToken)
    {
        if (await ListAsync(command, _answers, cancellationToken) is { } lines)
        {
            Print(lines);
            return CommandResult.Done;
        }

        switch (command)
        {
            case ConsoleCommand.Web:
                print((await peer.CreateSignInLinkAsync(cancellationToken)).Url.AbsoluteUri);
                break;
            case ConsoleCommand.Export { Name: var name, File: var file }:
                return await ExportAsync(name, file, cancellationToken);
            case ConsoleCommand.Delete delete:
                return await DeleteAsync(delete, cancellationToken);
            case ConsoleCommand.Help { Topic: var topic }:
                Print(topic is null ? _answers.Help() : _answers.Help(topic));
                break;
            case ConsoleCommand.Connect { Name: var name }:
                return await ConnectAsync(name, peer.ConnectAsync, timeouts.Connect, cancellationToken);
            case ConsoleCommand.Accept { Name: var name }:
                return await ConnectAsync(name, peer.AcceptAsync, timeouts.Other, cancellationToken);
            case ConsoleCommand.Reject { Name: var name }:
                await peer.RejectAsync(name, cancellationToken);
                break;
            case ConsoleCommand.Trust { Name: var name, Key: var key }:
                Print(CommandText.Accepted(name, await peer.TrustAsync(name, key, cancellationToken)));
                break;
            case ConsoleCommand.Nickname { Name: var name, Text: var text }:
                await peer.SetNicknameAsync(name, text, cancellationToken);
                break;
            case ConsoleCommand.Block { Name: var name }:
                await peer.BlockAsync(name, cancellationToken);
                print($"{name} is blocked, and is not told.");
                break;
            case ConsoleCommand.Unblock { Name: var name }:
                await peer.UnblockAsync(name, cancellationToken);
                print($"{name} is no longer blocked.");
                break;
            case ConsoleCommand.Choose { Name: var name, Value: var value }:
                await peer.SetAsync(name, value, cancellationToken);
                print(
                    $"{name.ToLowerInvariant()} is {value?.ToLowerInvariant() ?? "as the peer was started"} from now on."
                );
                break;
            case ConsoleCommand.Verify { Name: var name, Digits: var digits }:
                return await VerifyAsync(name, digits, cancellationToken);
            case ConsoleCommand.Backup backup:
                return await BackUpAsync(backup, cancellationToken);
            case ConsoleCommand.Disconnect { Name: var name }:
                await DisconnectAsync(name, cancellationToken);
                break;
            case ConsoleCommand.Send { Name: var name, Text: var text }:
                return await SendAsync(name, text, cancellationToken);
            case ConsoleCommand.Leave:
                return CommandResult.Exit;
            case ConsoleCommand.Invalid { Sentence: var sentence }:
                complain(SafeText.Show(sentence));
                return CommandResult.Misused;
        }

        return CommandResult.Done;
    }

    /// <returns>Null for a command that lists nothing.</returns>
    private async Task<IEnumerable<string>?> ListAsync(
        ConsoleCommand command,
        Answers answers,
        CancellationToken cancellationToken
    ) =>
        command switch
        {
            ConsoleCommand.Json { Listing: var listing } => await ListAsync(
                listing,
                JsonAnswers.Only,
                cancellationToken
            ),
            ConsoleCommand.List => answers.List(await peer.ListPeersAsync(cancellationToken)),
            ConsoleCommand.Requests => answers.Requests(await peer.ListRequestsAsync(cancellationToken)),
            ConsoleCommand.Contacts => answers.Contacts(await peer.ListContactsAsync(cancellationToken)),
            ConsoleCommand.Safety { Name: var name } => answers.Safety(
                name,
                await peer.GetSafetyAsync(name, cancellationToken)
            ),
            ConsoleCommand.Settings => answers.Settings(await peer.ListSettingsAsync(cancellationToken)),
            ConsoleCommand.Status => answers.Status(await peer.GetStatusAsync(cancellationToken)),
            ConsoleCommand.History { Name: var name, Count: var count } => answers.History(
                await peer.GetHistoryAsync(name, count, cancellationToken),
                time.LocalTimeZone
            ),
            ConsoleCommand.Search { Words: var words } => answers.Found(
                await peer.SearchAsync(words, FoundLines, cancellationToken),
                time.LocalTimeZone
            ),
            _ => null,
        };

    private async Task<CommandResult> ConnectAsync(
        Username name,
        Func<Username, CancellationToken, Task> ask,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        using var watch = events.Watch(name);
        await ask(name, cancellationToken);
        var outcome = await watch.FirstAsync(
            @event => @event is PeerEvent.Connected or PeerEvent.Disconnected,
            waits ? timeout : timeouts.Glance,
            time,
            cancellationToken
        );
        if (outcome is null && !waits)
        {
            print($"* waiting for {name}: the answer will show here");
            return CommandResult.Done;
        }

        if (outcome is null)
        {
            complain($"Nothing is known of the connection to {name} yet: 'list' will show it.");
        }

        return outcome is PeerEvent.Connected ? CommandResult.Done : CommandResult.Failed;
    }

    private async Task DisconnectAsync(Username name, CancellationToken cancellationToken)
    {
        using var watch = events.Watch(name);
        await peer.DisconnectAsync(name, cancellationToken);
        if (waits)
        {
            _ = await watch.FirstAsync(
                @event => @event is PeerEvent.Disconnected,
                timeouts.Other,
                time,
                cancellationToken
            );
        }
    }

    private async Task<CommandResult> SendAsync(Username name, string text, CancellationToken cancellationToken)
    {
        using var watch = events.Watch(name);
        var (id, route) = await peer.SendAsync(name, text, cancellationToken);
        var note = route == SendRoute.Link ? null : $"* {CommandText.NotConnected(name, route)}";
        if (!waits)
        {
            if (note is not null)
            {
                print(note);
            }

            return CommandResult.Done;
        }

        // A contact that is online is reconnected almost at once.
        var outcome = await watch.FirstAsync(
            @event =>
                @event is PeerEvent.Disconnected
                || (@event is PeerEvent.Receipt { State: not MessageState.Sent } receipt && receipt.Id == id),
            note is null ? timeouts.Other : timeouts.Glance,
            time,
            cancellationToken
        );
        if (outcome is PeerEvent.Receipt { State: MessageState.Delivered or MessageState.Read })
        {
            return CommandResult.Done;
        }

        if (outcome is PeerEvent.Receipt)
        {
            complain($"{name} does not want the message: 'connect {name}' asks anew.");
            return CommandResult.Failed;
        }

        // The message is stored, and a send promises no more.
        print(
            note
                ?? (
                    outcome is null
                        ? $"* {name} has not confirmed the message yet. It is kept, and sent again until it is confirmed"
                        : $"* the connection ended before {name} confirmed the message. It is kept, and sent again automatically"
                )
        );
        return CommandResult.Done;
    }

    private async Task<CommandResult> ExportAsync(Username name, string file, CancellationToken cancellationToken)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using var stream = new FileStream(file, options);
            try
            {
                await peer.ExportAsync(name, stream, cancellationToken);
            }
            catch
            {
                File.Delete(file);
                throw;
            }

            return CommandResult.Done;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or HttpRequestException)
        {
            complain(
                SaveState.IsDiskFull(e)
                    ? "The disk is full, and nothing was exported. Free some space, or choose a file on another disk."
                : File.Exists(file) ? $"{SafeText.Show(file)} is there already: name a new file."
                : $"{SafeText.Show(file)} cannot be written: name a file in a directory that is yours."
            );
            return CommandResult.Failed;
        }
    }

    private void Print(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            print(line);
        }
    }
}

/// <summary>How long a command may last. The peer's own limits end an attempt earlier, so that these are not met.</summary>
/// <param name="Connect">Until a person has answered a request.</param>
/// <param name="Other">Until something that needs no person.</param>
/// <param name="Glance">What a person at a prompt does not take for waiting.</param>
public sealed record CommandTimeouts(TimeSpan Connect, TimeSpan Other, TimeSpan Glance)
{
    public static CommandTimeouts Default { get; } =
        new(TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(15), TimeSpan.FromMilliseconds(500));
}
