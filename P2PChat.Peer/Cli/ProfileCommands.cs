using P2PChat.Client;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli;

/// <summary>The command <c>name</c>, and how people are shown.</summary>
internal static class ProfileCommands
{
    private const string Nothing = "none";

    public static CommandInfo Info { get; } =
        new(
            "name",
            "[display name|none]",
            "show or change how others see your name",
            "Your contacts see the display name next to your username. 'none' removes it. The page can add a picture.",
            "name Ann Lee",
            Read,
            SupportsJson: true
        );

    public static async Task<CommandResult> RunAsync(
        CommandContext context,
        Answers answers,
        string? displayName,
        CancellationToken cancellationToken
    )
    {
        await context.Peer.SetDisplayNameAsync(displayName, cancellationToken);
        context.PrintAll(answers.Profile(await context.Peer.GetProfileAsync(cancellationToken)));
        return CommandResult.Done;
    }

    public static IEnumerable<string> Lines(ProfileResponse profile) =>
        [
            (profile.DisplayName is null ? "You have no display name. " : "")
                + $"Your contacts see you as {Show(profile.DisplayName, profile.Username)}"
                + $"{(profile.HasPicture ? ", with your picture" : "")}.",
        ];

    /// <summary>A person as people read it, safe for a terminal.</summary>
    public static string Show(string? displayName, string username) =>
        DisplayNames.Show(displayName is null ? null : SafeText.Show(displayName), username);

    /// <returns>Null for a change that the console does not show.</returns>
    public static string? Change(ApiEvent.ProfileChanged changed) =>
        !changed.Renamed ? null
        : changed.DisplayName is null ? $"* {changed.Username} no longer has a display name"
        : $"* {changed.Username} is now shown as {Show(changed.DisplayName, changed.Username)}";

    private static ConsoleCommand Read(CommandInfo info, string arguments) =>
        arguments.Length == 0 ? new ConsoleCommand.Profile()
        : arguments.Equals(Nothing, StringComparison.OrdinalIgnoreCase) ? new ConsoleCommand.ChangeName(null)
        : new ConsoleCommand.ChangeName(arguments);
}
