using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Formatting;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Implements <c>chats</c>: lists the conversations and rooms with their numbers.</summary>
internal sealed class ConversationList(
    ConversationBook book,
    ConversationAccess access,
    MessageLines lines,
    PromptScreen screen,
    Ink ink,
    TimeProvider timeProvider
)
{
    public CommandResult Show()
    {
        try
        {
            book.Refresh();
        }
        catch (PeerException exception)
        {
            screen.Print(SafeText.Show(exception.Message));
            return CommandResult.Failed;
        }

        var all = book.All;
        if (all.Count == 0)
        {
            screen.Print(CommandText.NoConversations);
            return CommandResult.Done;
        }

        foreach (var one in NewestFirst.Order(all, one => one.LastAt, timeProvider.GetUtcNow()))
        {
            screen.Print($"[{one.Number}] {Describe(one)}");
        }

        return CommandResult.Done;
    }

    private string Describe(NumberedConversation one) =>
        one.Chat is ChatKey.Contact { Name: var name } ? $"{access.Describe(name, lines.Name)}{Remarks(one)}"
        : one.Room is { } room
            ? $"{ink.Name(ink.Cut(one.Name, NamedRoom.MaxColumns))}: {RoomText.Remark(room.ToContract())}"
        : one.Name;

    private static string Remarks(NumberedConversation conversation) =>
        (conversation.Unread > 0 ? $", {conversation.Unread} unread" : "")
        + (conversation.Marks.Muted ? ", muted" : "")
        + (conversation.Marks.Archived ? ", archived" : "")
        + (FileText.Of((Client.AutoAccept)conversation.Marks.AcceptFiles) is { } files ? $", {files}" : "");
}
