using System.Globalization;
using P2PChat.Peer.Chat;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Console;

/// <summary>What commands answer, as lines.</summary>
public static class CommandText
{
    private const string Indent = "  ";

    public static IEnumerable<string> List(IReadOnlyList<PeerView> peers)
    {
        if (peers.Count == 0)
            return ["Nobody is in the directory."];

        var width = peers.Max(peer => peer.Name.Value.Length);
        return peers.Select(peer =>
            $"{peer.Name.Value.PadRight(width)}  {(peer.Online ? "online " : "offline")}  {Remark(peer)}".TrimEnd());
    }

    public static IEnumerable<string> Requests(IReadOnlyList<Username> names) =>
        names.Count == 0
            ? ["Nobody waits for an answer."]
            : names.Select(name => $"{name} asks to connect: accept {name}, or reject {name}");

    public static IEnumerable<string> Status(PeerStatus status) =>
    [
        $"username   {status.Name}",
        $"peer id    {status.PeerId}",
        $"endpoint   {status.Endpoint ?? "not listening yet"}",
        $"directory  {Directory(status)}",
        string.Create(CultureInfo.InvariantCulture, $"links      {status.Links}"),
        string.Create(CultureInfo.InvariantCulture, $"process    {status.ProcessId}"),
    ];

    public static IEnumerable<string> History(IReadOnlyList<Message> messages, TimeZoneInfo zone) =>
        messages.Count == 0
            ? ["There are no messages yet."]
            : messages.Select(message => Line(message, zone));

    public static IEnumerable<string> Found(IReadOnlyList<Message> messages, TimeZoneInfo zone) =>
        messages.Count == 0
            ? ["No message has these words."]
            : messages.Select(message => $"{message.With}  {Line(message, zone)}  [{message.Id}]");

    private static string Line(Message message, TimeZoneInfo zone)
    {
        var sentAt = TimeZoneInfo.ConvertTime(message.SentAt, zone);
        var state = message.State switch
        {
            MessageState.Queued or MessageState.Sent => " (not delivered yet)",
            MessageState.Read => " (read)",
            MessageState.Expired => " (expired: never delivered)",
            MessageState.Refused => " (refused)",
            MessageState.TakenBack => " (taken back)",
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{sentAt:yyyy-MM-dd HH:mm} {message.From}: {SafeText.Show(message.Text)}{state}");
    }

    public static IEnumerable<string> Help()
    {
        var width = CommandInfo.All.Max(command => command.Usage.Length);
        return CommandInfo.All.Select(command => $"{Indent}{command.Usage.PadRight(width)}  {command.Does}");
    }

    public static IEnumerable<string> Help(CommandInfo command) =>
        [$"{command.Usage}: {command.Does}", command.Details];

    private static string Remark(PeerView peer) => peer.Relation switch
    {
        Relation.Ourselves => "you",
        Relation.Connected => "connected",
        Relation.Asked => "asked to connect, no answer yet",
        Relation.Asking => "asks to connect",
        _ => "",
    };

    private static string Directory(PeerStatus status) => status.Directory switch
    {
        DirectoryState.Registered => "registered",
        DirectoryState.Registering => "registering",
        DirectoryState.Refused => $"refused: {status.DirectoryDetail}",
        _ => $"not reached: {status.DirectoryDetail}",
    };
}
