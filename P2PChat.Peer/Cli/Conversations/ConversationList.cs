using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Implements <c>chats</c>: lists the conversations with their numbers.</summary>
internal sealed class ConversationList(
    ConversationBook book,
    ConversationAccess access,
    MessageLines lines,
    PromptScreen screen
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

        foreach (var one in all)
        {
            screen.Print($"[{one.Number}] {access.Describe(one.With, lines.Name)}{Remarks(one)}");
        }

        return CommandResult.Done;
    }

    private static string Remarks(NumberedConversation conversation) =>
        (conversation.Unread > 0 ? $", {conversation.Unread} unread" : "")
        + (conversation.Marks.Muted ? ", muted" : "")
        + (conversation.Marks.Archived ? ", archived" : "");
}
