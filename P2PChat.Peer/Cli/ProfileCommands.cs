using P2PChat.Client;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli;

/// <summary>The commands <c>name</c>, <c>picture</c> and <c>save-picture</c>, and how people are shown.</summary>
internal static class ProfileCommands
{
    private const string Nothing = "-";

    public static IReadOnlyList<CommandInfo> Commands { get; } =
    [
        new(
            "name",
            "[display name|-]",
            "show or change how others see your name",
            "Your contacts see the display name next to your username. '-' removes it.",
            "name Ann Lee",
            ReadName,
            SupportsJson: true
        ),
        new(
            "picture",
            "[file|-]",
            "change the picture that others see",
            "A PNG, JPEG or WebP file without metadata, of at most 64 KiB and 512 pixels a side. '-' removes it. The "
                + "page resizes pictures and removes metadata.",
            "picture me.jpg",
            ReadPicture,
            SupportsJson: true
        ),
        new(
            "save-picture",
            "<username> <file>",
            "save the picture of a contact",
            "An existing file is not overwritten.",
            "save-picture bob bob.jpg",
            CommandArguments.NameAndText("a file", (name, file) => new ConsoleCommand.SavePicture(name, file))
        ),
    ];

    public static async Task<CommandResult> RunAsync(
        CommandContext context,
        ConsoleCommand command,
        CancellationToken cancellationToken
    )
    {
        switch (command)
        {
            case ConsoleCommand.Json { Listing: var listing }:
                return await RunAsync(context with { Answers = JsonAnswers.Instance }, listing, cancellationToken);
            case ConsoleCommand.SavePicture save:
                return await SaveAsync(context, save, cancellationToken);
            case ConsoleCommand.ChangeName { DisplayName: var displayName }:
                await context.Peer.SetDisplayNameAsync(displayName, cancellationToken);
                break;
            case ConsoleCommand.ChangePicture { File: null }:
                await context.Peer.SetPictureAsync(null, cancellationToken);
                break;
            case ConsoleCommand.ChangePicture { File: var file }:
                if (await PictureReader.ReadAsync(file, cancellationToken) is not { } picture)
                {
                    return context.Fail(PictureReader.Problem(file));
                }

                await context.Peer.SetPictureAsync(picture, cancellationToken);
                break;
        }

        context.PrintAll(context.Answers.Profile(await context.Peer.GetProfileAsync(cancellationToken)));
        return CommandResult.Done;
    }

    public static IEnumerable<string> Lines(ProfileResponse profile) =>
        [
            (profile.DisplayName is null ? "You have no display name. " : "")
                + $"Your contacts see you as {Show(profile.DisplayName, profile.Username)}"
                + $"{(profile.HasPicture ? ", with your picture" : "")}.",
        ];

    /// <summary>Formats a person's names, safe for a terminal.</summary>
    public static string Show(string? displayName, string username) =>
        DisplayNames.Show(displayName is null ? null : SafeText.Show(displayName), username);

    /// <summary>Formats a display name that stands behind the username. Empty without one.</summary>
    public static string Quote(string? displayName) =>
        displayName is null ? "" : DisplayNames.Quote(SafeText.Show(displayName));

    /// <returns>Null for a change that the console does not show.</returns>
    public static string? Change(ApiEvent.ProfileChanged changed) =>
        !changed.Renamed ? null
        : changed.DisplayName is null ? $"* {changed.Username} no longer has a display name"
        : $"* {changed.Username} now has the display name {Quote(changed.DisplayName)}";

    private static ConsoleCommand ReadName(CommandInfo info, string arguments) =>
        arguments.Length == 0 ? new ConsoleCommand.Profile()
        : arguments == Nothing ? new ConsoleCommand.ChangeName(null)
        : new ConsoleCommand.ChangeName(arguments);

    private static ConsoleCommand ReadPicture(CommandInfo info, string arguments) =>
        arguments.Length == 0 ? new ConsoleCommand.Profile()
        : arguments == Nothing ? new ConsoleCommand.ChangePicture(null)
        : new ConsoleCommand.ChangePicture(arguments);

    private static async Task<CommandResult> SaveAsync(
        CommandContext context,
        ConsoleCommand.SavePicture command,
        CancellationToken cancellationToken
    )
    {
        var (name, shown) = (command.Name.Value, SafeText.Show(command.File));
        if (await context.Peer.GetPictureAsync(name, cancellationToken) is not { } picture)
        {
            var contacts = (await context.Peer.ListContactsAsync(cancellationToken)).Contacts;
            return context.Fail(
                contacts.Any(contact => contact.Username == name)
                    ? $"{name} has no picture."
                    : $"{name} is not a contact. 'contacts' lists yours."
            );
        }

        try
        {
            await using var stream = new FileStream(command.File, FileMode.CreateNew, FileAccess.Write);
            await stream.WriteAsync(picture.Bytes, cancellationToken);
            context.Print($"{name}'s picture is saved as {shown}.");
            return CommandResult.Done;
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return context.Fail(
                File.Exists(command.File)
                    ? $"{shown} already exists. Choose a new file."
                    : $"{shown} cannot be written. Choose a file in a directory that you can write to."
            );
        }
    }
}
